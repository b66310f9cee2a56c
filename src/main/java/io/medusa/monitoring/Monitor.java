package io.medusa.monitoring;

/** A destination of metrics. Sending never fails a flow: errors are logged. */
public interface Monitor {
    /** Sends nothing. */
    Monitor NONE = measurement -> {};

    /** Sends one value, or keeps it until {@link #flush}; providers skip unknown metrics. */
    void send(Measurement measurement);

    /**
     * Whether a value stands until another replaces it. Then the number of damaged files is also sent if it is 0, and commands that change
     * backups are followed by the state of the cluster's. The Python Medusa's providers get only what it sends.
     */
    default boolean keepsValues() {
        return false;
    }

    /** Sends the collected values, when the command is done. */
    default void flush() {}
}
