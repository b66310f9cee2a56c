package io.medusa.cli.terminal;

import io.medusa.app.Logs;
import io.medusa.model.Count;
import io.medusa.report.Text;
import io.medusa.transfer.Progress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Logs the beginning and the end of every transfer ({@code -v}). */
public final class LoggedSteps implements Progress {
    private static final Logger LOG = LoggerFactory.getLogger(Logs.STEPS);

    @Override
    public Task start(String what, long files, long bytes) {
        if (!LOG.isDebugEnabled()) {
            return NONE.start(what, files, bytes);
        }
        LOG.debug("{}: {}, {}", what, Count.of(files, "file"), Text.size(bytes));
        long began = System.nanoTime();
        AtomicLong moved = new AtomicLong();
        AtomicLong done = new AtomicLong();
        return new Task() {
            @Override
            public void moved(long more) {
                moved.addAndGet(more);
            }

            @Override
            public void done() {
                done.incrementAndGet();
            }

            @Override
            public void close() {
                Duration took = Duration.ofNanos(System.nanoTime() - began);
                LOG.debug(
                        "{}: {} of {} in {} ({})",
                        what,
                        done.get(),
                        Count.of(files, "file"),
                        Text.duration(took),
                        Text.rate(moved.get(), took));
            }
        };
    }
}
