package io.medusa.repository;

import java.nio.charset.StandardCharsets;

/**
 * Numbers texts in the order in which they first appear, and keeps only 64 bits of each: some 20 bytes of memory, however long the text is.
 * Two texts may be taken for the same, of a million about once in 10^7 times; it must do no harm then. Not for several threads at
 * once.
 */
public final class Fingerprints {
    private static final int SMALLEST = 1 << 10;

    /** 0 is a free slot. */
    private long[] slots = new long[SMALLEST];

    private int[] numbers = new int[SMALLEST];
    private int size;

    /** The number of the text, a new one if it was not there. */
    public int add(String text) {
        return add(of(text));
    }

    /** The same for a fingerprint that {@link #of} gave. */
    public int add(long fingerprint) {
        if (size >= slots.length / 4 * 3) {
            grow();
        }
        int slot = slot(slots, fingerprint);
        if (slots[slot] == 0) {
            slots[slot] = fingerprint;
            numbers[slot] = size++;
        }
        return numbers[slot];
    }

    /** The number of the text, or -1 if it is not there. */
    public int find(String text) {
        int slot = slot(slots, of(text));
        return slots[slot] == 0 ? -1 : numbers[slot];
    }

    /** Whether the text is there. */
    public boolean contains(String text) {
        return find(text) >= 0;
    }

    /** How many there are; numbers are less than that. */
    public int size() {
        return size;
    }

    private void grow() {
        long[] oldSlots = slots;
        int[] oldNumbers = numbers;
        slots = new long[oldSlots.length * 2];
        numbers = new int[oldSlots.length * 2];
        for (int i = 0; i < oldSlots.length; i++) {
            if (oldSlots[i] != 0) {
                int slot = slot(slots, oldSlots[i]);
                slots[slot] = oldSlots[i];
                numbers[slot] = oldNumbers[i];
            }
        }
    }

    private static int slot(long[] slots, long fingerprint) {
        int mask = slots.length - 1;
        int slot = (int) fingerprint & mask;
        while (slots[slot] != 0 && slots[slot] != fingerprint) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    /** FNV-1a, with its bits mixed once more so that the low ones differ; never 0. */
    public static long of(String text) {
        long hash = 0xcbf29ce484222325L;
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ (b & 0xff)) * 0x100000001b3L;
        }
        hash = (hash ^ (hash >>> 33)) * 0xff51afd7ed558ccdL;
        hash ^= hash >>> 33;
        return hash == 0 ? 1 : hash;
    }
}
