package io.medusa.remote.ssh;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Keeps the end of what is written, so that a talkative command costs no memory. Thread-safe. */
final class OutputTail extends OutputStream {
    private static final int FIRST = 256;

    private final int most;
    private byte[] ring = new byte[FIRST];
    private long written;

    /** @param most bytes that are kept */
    OutputTail(int most) {
        this.most = most;
    }

    @Override
    public void write(int b) {
        write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) {
        for (int i = 0; i < length; i++) {
            if (written == ring.length && ring.length < most) {
                ring = Arrays.copyOf(ring, Math.min(most, 2 * ring.length));
            }
            ring[(int) (written % ring.length)] = bytes[offset + i];
            written++;
        }
    }

    /** What is kept, from the first whole line on if something was dropped. */
    synchronized String text() {
        int kept = (int) Math.min(written, ring.length);
        byte[] bytes = new byte[kept];
        for (int i = 0; i < kept; i++) {
            bytes[i] = ring[(int) ((written - kept + i) % ring.length)];
        }
        String text = new String(bytes, StandardCharsets.UTF_8);
        return written > kept ? text.substring(text.indexOf('\n') + 1) : text;
    }
}
