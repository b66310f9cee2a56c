package io.medusa.transfer;

/** Shows people how far a transfer is. Thread-safe. */
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
     * Begins to show a transfer.
     *
     * @param what is done, in one word such as {@code Uploading}
     */
    Task start(String what, long files, long bytes);

    /** A transfer that is being shown. */
    interface Task extends AutoCloseable {
        /** So many more bytes have been moved. */
        void moved(long bytes);

        /** One more file is done. */
        void done();

        /** Nothing more will be done. */
        @Override
        void close();
    }
}
