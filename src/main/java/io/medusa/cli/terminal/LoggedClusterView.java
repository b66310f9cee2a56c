package io.medusa.cli.terminal;

import io.medusa.cluster.ClusterView;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A plain line for each node that is done, and now and then one for each that works, where there is no terminal. */
public final class LoggedClusterView implements ClusterView {
    private static final Logger LOG = LoggerFactory.getLogger(LoggedClusterView.class);

    private final boolean periodically;

    /** @param periodically whether a node that works has a line now and then, or only when it is done */
    public LoggedClusterView(boolean periodically) {
        this.periodically = periodically;
    }

    @Override
    public Phase begin(String what, List<String> hosts) {
        return new Lines(what, hosts.size());
    }

    @Override
    public Duration interval() {
        return periodically ? Duration.ofSeconds(60) : Duration.ZERO;
    }

    private static final class Lines implements Phase {
        private final String what;
        private final int hosts;
        private final AtomicInteger done = new AtomicInteger();

        Lines(String what, int hosts) {
            this.what = what;
            this.hosts = hosts;
        }

        @Override
        public void started(String host) {
            LOG.debug("{}: {} begins", what, host);
        }

        @Override
        public void says(String host, String line) {
            if (!line.isEmpty()) {
                LOG.info("{}: {}: {}", what, host, line);
            }
        }

        @Override
        public void ended(String host, boolean success, String line) {
            int now = done.incrementAndGet();
            if (success) {
                LOG.info("{}: {} is done, {} of {}", what, host, now, hosts);
            } else {
                LOG.error("{}: {} failed, {} of {}: {}", what, host, now, hosts, line);
            }
        }

        @Override
        public void close() {
            // the summary follows
        }
    }
}
