package io.medusa.storage;

import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts the requests of an adapter to its store. Thread-safe. */
public final class Traffic {
    private final Map<String, LongAdder> requests = new ConcurrentHashMap<>();
    private final LongAdder retries = new LongAdder();
    private final LongAdder throttled = new LongAdder();

    /**
     * A snapshot of the counters.
     *
     * @param requests by the store's name for the kind of request; empty for a store without requests
     * @param retries repeated requests, which are not included in {@code requests}
     * @param throttled answers that asked to slow down
     */
    public record Counts(Map<String, Long> requests, long retries, long throttled) {
        /** What has been counted since an earlier state. */
        public Counts since(Counts earlier) {
            Map<String, Long> more = new TreeMap<>();
            requests.forEach((kind, count) -> {
                long added = count - earlier.requests.getOrDefault(kind, 0L);
                if (added > 0) {
                    more.put(kind, added);
                }
            });
            return new Counts(more, retries - earlier.retries, throttled - earlier.throttled);
        }

        /** The total of all kinds. */
        public long total() {
            return requests.values().stream().mapToLong(Long::longValue).sum();
        }
    }

    /** Counts a request. */
    public void request(String kind) {
        requests.computeIfAbsent(kind, absent -> new LongAdder()).increment();
    }

    /** Counts a repeated request. */
    public void retry() {
        retries.increment();
    }

    /** Counts an answer that asked to slow down. */
    public void throttled() {
        throttled.increment();
    }

    /** The current counters. */
    public Counts counts() {
        Map<String, Long> now = new TreeMap<>();
        requests.forEach((kind, count) -> now.put(kind, count.sum()));
        return new Counts(now, retries.sum(), throttled.sum());
    }
}
