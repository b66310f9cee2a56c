package io.medusa.repository;

import java.nio.charset.StandardCharsets;

/**
 * A set of texts of which only 64 bits each are kept, 8 to 16 bytes of memory. It may say that it has a text that was never
 * added (of a million texts about one look in 10^13), and never the other way round: good where "has it" means "keep it".
 */
final class FingerprintSet {
    private static final int SMALLEST = 1 << 10;

    private long[] slots = new long[SMALLEST];
    private int size;

    /** Adds a text. */
    void add(String text) {
        if (size >= slots.length / 4 * 3) {
            grow();
        }
        if (put(slots, fingerprint(text))) {
            size++;
        }
    }

    /** Whether it was added, or, hardly ever, another with the same fingerprint. */
    boolean contains(String text) {
        long wanted = fingerprint(text);
        int mask = slots.length - 1;
        for (int i = (int) wanted & mask; slots[i] != 0; i = i + 1 & mask) {
            if (slots[i] == wanted) {
                return true;
            }
        }
        return false;
    }

    int size() {
        return size;
    }

    private void grow() {
        long[] larger = new long[slots.length * 2];
        for (long slot : slots) {
            if (slot != 0) {
                put(larger, slot);
            }
        }
        slots = larger;
    }

    private static boolean put(long[] into, long fingerprint) {
        int mask = into.length - 1;
        int i = (int) fingerprint & mask;
        while (into[i] != 0) {
            if (into[i] == fingerprint) {
                return false;
            }
            i = i + 1 & mask;
        }
        into[i] = fingerprint;
        return true;
    }

    /** FNV-1a, with its bits mixed once more so that the low ones differ; never 0, which marks a free slot. */
    static long fingerprint(String text) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        hash = (hash ^ hash >>> 33) * 0xff51afd7ed558ccdL;
        hash ^= hash >>> 33;
        return hash == 0 ? 1 : hash;
    }
}
