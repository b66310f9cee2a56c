package io.medusa.cli.terminal;

import io.medusa.transfer.Meter;
import io.medusa.transfer.Progress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs a line now and then, where there is no terminal. */
public final class LoggedProgress implements Progress {
    private static final Logger LOG = LoggerFactory.getLogger(LoggedProgress.class);
    private static final Duration INTERVAL = Duration.ofSeconds(15);

    @Override
    public Task start(String what, long files, long bytes) {
        return new Lines(new Meter(what, files, bytes));
    }

    private static final class Lines implements Task {
        private final Meter meter;
        private final AtomicLong next = new AtomicLong(System.nanoTime() + INTERVAL.toNanos());

        Lines(Meter meter) {
            this.meter = meter;
        }

        @Override
        public void done() {
            meter.done();
        }

        @Override
        public void moved(long bytes) {
            meter.moved(bytes);
            long now = System.nanoTime();
            long due = next.get();
            if (now >= due && next.compareAndSet(due, now + INTERVAL.toNanos())) {
                LOG.info("{}: {}", meter.what(), meter.text());
            }
        }

        @Override
        public void close() {
            // the summary follows
        }
    }
}
