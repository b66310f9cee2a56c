package io.medusa.cli;

import io.medusa.transfer.Progress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar on a terminal: files, bytes, rate and time left. Transfers that are over at once leave no trace. */
final class TerminalProgress implements Progress {
    private static final int UPDATE_MILLIS = 200;
    private static final long MEGABYTE = 1024L * 1024;

    @Override
    public Task start(String what, long files, long bytes) {
        ProgressBarBuilder builder = new ProgressBarBuilder()
                .setTaskName(what)
                .setInitialMax(Math.max(1, bytes))
                .setUnit(" MB", MEGABYTE)
                .setStyle(ProgressBarStyle.ASCII)
                .setUpdateIntervalMillis(UPDATE_MILLIS)
                .clearDisplayOnFinish()
                .showSpeed()
                .setEtaFunction(state -> state.getCurrent() == 0
                        ? java.util.Optional.empty()
                        : java.util.Optional.of(
                                Duration.ofMillis(state.getElapsedAfterStart().toMillis()
                                        * (state.getMax() - state.getCurrent())
                                        / state.getCurrent())));
        return new Bar(builder.build(), files);
    }

    private static final class Bar implements Task {
        private final ProgressBar bar;
        private final long files;
        private final AtomicLong done = new AtomicLong();

        Bar(ProgressBar bar, long files) {
            this.bar = bar;
            this.files = files;
            bar.setExtraMessage(" 0/" + files + " files");
        }

        @Override
        public void moved(long bytes) {
            bar.stepBy(bytes);
        }

        @Override
        public void done() {
            bar.setExtraMessage(" " + done.incrementAndGet() + "/" + files + " files");
        }

        @Override
        public void close() {
            bar.close();
        }
    }
}
