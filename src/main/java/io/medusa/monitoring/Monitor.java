package io.medusa.monitoring;

/** A destination of metrics. Sending never fails a flow: errors are logged. */
public interface Monitor {
    /** Sends nothing. */
    Monitor NONE = measurement -> {};

    /** Sends one value, or keeps it until {@link #flush}; providers skip unknown metrics. */
    void send(Measurement measurement);

    /** Sends the collected values, when the command is done. */
    default void flush() {}
}
