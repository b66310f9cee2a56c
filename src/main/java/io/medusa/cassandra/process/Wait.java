package io.medusa.cassandra.process;

import java.time.Duration;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs from time to time what is being waited for. */
final class Wait {
    private static final Logger LOG = LoggerFactory.getLogger(Wait.class);

    private final Duration between;
    private long last = System.nanoTime();

    /** @param between the interval between lines, and before the first */
    Wait(Duration between) {
        this.between = between;
    }

    void report(Supplier<String> line) {
        long now = System.nanoTime();
        if (now - last >= between.toNanos()) {
            last = now;
            LOG.info("{}", line.get());
        }
    }
}
