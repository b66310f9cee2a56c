package io.medusa.cluster;

import java.time.Duration;
import java.util.List;

/** Shows people how far the nodes are. Thread-safe. */
public interface ClusterView {
    /** Shows nothing. */
    ClusterView NONE = new ClusterView() {
        @Override
        public Phase begin(String what, List<String> hosts) {
            return new Phase() {
                @Override
                public void started(String host) {}

                @Override
                public void says(String host, String line) {}

                @Override
                public void ended(String host, boolean success, String line) {}

                @Override
                public void close() {}
            };
        }

        @Override
        public Duration interval() {
            return Duration.ZERO;
        }
    };

    /**
     * Begins to show something that is done on many hosts.
     *
     * @param what in one word, such as {@code Uploading}
     */
    Phase begin(String what, List<String> hosts);

    /** How often it wants to know what a host that works says; zero for never. */
    Duration interval();

    /** What is done on many hosts. */
    interface Phase extends AutoCloseable {
        /** The host works now. */
        void started(String host);

        /** The last line that the host has logged. */
        void says(String host, String line);

        /** The host is done; the line says with what. */
        void ended(String host, boolean success, String line);

        /** Nothing more will be done. */
        @Override
        void close();
    }
}
