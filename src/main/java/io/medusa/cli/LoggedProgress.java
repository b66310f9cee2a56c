package io.medusa.cli;

import io.medusa.report.Text;
import io.medusa.transfer.Progress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A plain line now and then, where there is no terminal. */
final class LoggedProgress implements Progress {
    private static final Logger LOG = LoggerFactory.getLogger(LoggedProgress.class);
    private static final Duration INTERVAL = Duration.ofSeconds(15);

    @Override
    public Task start(String what, long files, long bytes) {
        return new Lines(what, files, bytes);
    }

    private static final class Lines implements Task {
        private final String what;
        private final long files;
        private final long bytes;
        private final long began = System.nanoTime();
        private final AtomicLong next = new AtomicLong(began + INTERVAL.toNanos());
        private final AtomicLong doneFiles = new AtomicLong();
        private final AtomicLong doneBytes = new AtomicLong();

        Lines(String what, long files, long bytes) {
            this.what = what;
            this.files = files;
            this.bytes = bytes;
        }

        @Override
        public void done() {
            doneFiles.incrementAndGet();
        }

        @Override
        public void moved(long size) {
            long filesNow = doneFiles.get();
            long bytesNow = doneBytes.addAndGet(size);
            long now = System.nanoTime();
            long due = next.get();
            if (now >= due && next.compareAndSet(due, now + INTERVAL.toNanos())) {
                Duration elapsed = Duration.ofNanos(now - began);
                Duration left = Duration.ofMillis(
                        bytesNow == 0 ? 0 : (long) (elapsed.toMillis() * (double) (bytes - bytesNow) / bytesNow));
                LOG.info(
                        "{}: {} of {} files, {} of {}, {}, {} left",
                        what,
                        filesNow,
                        files,
                        Text.size(bytesNow),
                        Text.size(bytes),
                        Text.rate(bytesNow, elapsed),
                        Text.duration(left));
            }
        }

        @Override
        public void close() {
            // the summary follows
        }
    }
}
