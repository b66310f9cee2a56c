package io.medusa.monitoring;

/** Where metrics go. Sending never fails a flow: what cannot be sent is logged. */
public interface Monitor {
    /** Sends nothing. */
    Monitor NONE = metric -> {};

    /** Sends one value of those that every provider takes (docs/compatibility.md 21). */
    void send(Metric metric);

    /** Sends one value that only providers of our own take; others would not expect it. */
    default void record(Metric metric) {}

    /** Hands over what has been gathered; when the work is done. */
    default void flush() {}
}
