package io.medusa.storage;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts what an adapter asks of its store. Thread-safe. */
public final class Traffic {
    private final Map<String, LongAdder> requests = new ConcurrentHashMap<>();
    private final LongAdder retries = new LongAdder();
    private final LongAdder throttled = new LongAdder();

    /**
     * The state of the counters.
     *
     * @param requests by the kind of the request, in the store's own words; none for a store that takes none
     * @param retries requests that were sent again; they are not among the others
     * @param throttled answers that asked to slow down
     */
    public record Counts(Map<String, Long> requests, long retries, long throttled) {
        /** All kinds together. */
        public long total() {
            return requests.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** One more request. */
    public void request(String kind) {
        requests.computeIfAbsent(kind, absent -> new LongAdder()).increment();
    }

    /** One request was sent again. */
    public void retry() {
        retries.increment();
    }

    /** One answer asked to slow down. */
    public void throttled() {
        throttled.increment();
    }

    /** The counters now. */
    public Counts counts() {
        Map<String, Long> now = new TreeMap<>();
        requests.forEach((kind, count) -> now.put(kind, count.sum()));
        return new Counts(now, retries.sum(), throttled.sum());
    }
}
