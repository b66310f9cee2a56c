package io.medusa.monitoring;

/** Where metrics go. Sending never fails a flow: what cannot be sent is logged. */
public interface Monitor {
    /** Sends nothing. */
    Monitor NONE = metric -> {};

    /** Sends one value. */
    void send(Metric metric);
}
