package io.medusa.monitoring;

/** Where metrics go. Sending never fails a flow: what cannot be sent is logged. */
public interface Monitor {
    /** Sends nothing. */
    Monitor NONE = measurement -> {};

    /** Sends one value, or gathers it until {@link #flush}; providers skip metrics that they do not know. */
    void send(Measurement measurement);

    /** Hands over what has been gathered; when the work is done. */
    default void flush() {}
}
