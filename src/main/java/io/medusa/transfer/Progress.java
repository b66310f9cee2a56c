package io.medusa.transfer;

/** Shows the progress of transfers to people. Thread-safe. */
public interface Progress {
    /** Shows nothing. */
    Progress NONE = (what, files, bytes) -> new Task() {
        @Override
        public void moved(long bytes) {}

        @Override
        public void done() {}

        @Override
        public void close() {}
    };

    /**
     * Starts showing a transfer.
     *
     * @param what the activity in one word, such as {@code Uploading}
     */
    Task start(String what, long files, long bytes);

    /** Shows the same in both places. */
    default Progress and(Progress other) {
        return (what, files, bytes) -> {
            Task here = start(what, files, bytes);
            Task there = other.start(what, files, bytes);
            return new Task() {
                @Override
                public void moved(long moved) {
                    here.moved(moved);
                    there.moved(moved);
                }

                @Override
                public void done() {
                    here.done();
                    there.done();
                }

                @Override
                public void close() {
                    here.close();
                    there.close();
                }
            };
        };
    }

    /** A transfer that is being shown. */
    interface Task extends AutoCloseable {
        /** Adds transferred bytes. */
        void moved(long bytes);

        /** Counts one more file as done. */
        void done();

        /** Stops showing the transfer. */
        @Override
        void close();
    }
}
