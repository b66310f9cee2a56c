package io.medusa.cassandra;

/** What the component {@code Digest.crc32} says: the CRC32 of the Data component's bytes, as decimal text. */
public final class DataDigest {
    private DataDigest() {}

    /**
     * Whether it is of bytes with that checksum; a text that is no checksum is of none.
     *
     * @param text the component's whole content
     * @param checksum the CRC32 of the Data component
     */
    public static boolean matches(String text, long checksum) {
        String digits = text.strip();
        return digits.matches("[0-9]{1,10}") && Long.parseLong(digits) == checksum;
    }
}
