package io.medusa.restore;

import io.medusa.cassandra.CassandraYaml;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.os.Ports;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Waits until one of the seeds is up, so that a restored node can join its ring. */
final class SeedWait {
    private static final Logger LOG = LoggerFactory.getLogger(SeedWait.class);
    private static final Duration AT_MOST = Duration.ofMinutes(60);
    private static final Duration PAUSE = Duration.ofSeconds(2);

    private final CassandraYaml yaml;

    SeedWait(CassandraYaml yaml) {
        this.yaml = yaml;
    }

    void await(List<String> seeds) {
        if (seeds.isEmpty()) {
            return;
        }
        LOG.info("Waiting for one of the seeds {}", seeds);
        long end = System.nanoTime() + AT_MOST.toNanos();
        while (seeds.stream().noneMatch(this::isUp)) {
            if (System.nanoTime() > end) {
                throw new MedusaException(
                        FailureKind.TIMEOUT,
                        "none of the seeds " + seeds + " came up within " + AT_MOST.toMinutes()
                                + " minutes. Start the seeds, then run the same command again");
            }
            Failures.pause(PAUSE);
        }
    }

    private boolean isUp(String host) {
        return Ports.isOpen(host, yaml.nativePort()) || Ports.isOpen(host, yaml.storagePort());
    }
}
