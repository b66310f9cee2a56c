package io.medusa.storage;

import java.util.TreeMap;
import java.util.zip.CRC32;

/**
 * The CRC32 of bytes whose pieces are read by several threads, in any order, possibly more than once. Two pieces must be equal or
 * disjoint. Thread-safe.
 */
public final class Crc32Parts {
    /** The CRC's polynomial, its highest power in the lowest bit; x^0 is the highest bit. */
    private static final int POLYNOMIAL = 0xEDB88320;

    private static final int ONE = 1 << 31;
    private static final int BITS_OF_A_BYTE_LOG2 = 3;
    /** x to the power of 2^i, modulo the polynomial. */
    private static final int[] POWERS = new int[32];

    static {
        POWERS[0] = ONE >>> 1;
        for (int i = 1; i < POWERS.length; i++) {
            POWERS[i] = multiply(POWERS[i - 1], POWERS[i - 1]);
        }
    }

    private final TreeMap<Long, Piece> pieces = new TreeMap<>();

    private record Piece(long length, int crc) {}

    /** Adds the checksum of a piece. */
    synchronized void add(long offset, long length, CRC32 checksum) {
        pieces.put(offset, new Piece(length, (int) checksum.getValue()));
    }

    /** The checksum of all pieces in the order of their offsets. */
    public synchronized long value() {
        int crc = 0;
        for (Piece piece : pieces.values()) {
            crc = multiply(shift(piece.length()), crc) ^ piece.crc();
        }
        return Integer.toUnsignedLong(crc);
    }

    /** x to the power of the number of bits in this number of bytes. */
    private static int shift(long bytes) {
        int power = ONE;
        int i = BITS_OF_A_BYTE_LOG2;
        for (long rest = bytes; rest != 0; rest >>>= 1) {
            if ((rest & 1) != 0) {
                power = multiply(POWERS[i % POWERS.length], power);
            }
            i++;
        }
        return power;
    }

    /** The product of two polynomials modulo the CRC's. */
    private static int multiply(int a, int b) {
        int product = 0;
        int shifted = b;
        for (int bit = ONE; bit != 0; bit >>>= 1) {
            if ((a & bit) != 0) {
                product ^= shifted;
            }
            shifted = (shifted & 1) != 0 ? (shifted >>> 1) ^ POLYNOMIAL : shifted >>> 1;
        }
        return product;
    }
}
