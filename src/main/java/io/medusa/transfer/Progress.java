package io.medusa.transfer;

/** Shows people how far a transfer is. Thread-safe. */
public interface Progress {
    /** Shows nothing. */
    Progress NONE = (what, files, bytes) -> new Task() {
        @Override
        public void done(long size) {}

        @Override
        public void close() {}
    };

    /**
     * Begins to show a transfer.
     *
     * @param what is done, in one word such as {@code Uploading}
     */
    Task start(String what, long files, long bytes);

    /** A transfer that is being shown. */
    interface Task extends AutoCloseable {
        /** One more file of that size is done. */
        void done(long size);

        /** Nothing more will be done. */
        @Override
        void close();
    }
}
