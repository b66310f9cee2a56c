package io.medusa.cluster;

import java.time.Duration;
import java.util.List;

/** Shows the progress of the nodes to people. Thread-safe. */
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
     * Starts showing an activity on many hosts.
     *
     * @param what the activity in one word, such as {@code Uploading}
     */
    Phase begin(String what, List<String> hosts);

    /** How often to ask a working host for its last log line; zero for never. */
    Duration interval();

    /** An activity on many hosts. */
    interface Phase extends AutoCloseable {
        /** The host has started. */
        void started(String host);

        /** The last line that the host logged. */
        void says(String host, String line);

        /** The host is done; the line tells the result. */
        void ended(String host, boolean success, String line);

        /** Stops showing the activity. */
        @Override
        void close();
    }
}
