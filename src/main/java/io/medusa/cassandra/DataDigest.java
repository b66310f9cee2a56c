package io.medusa.cassandra;

/** The component {@code Digest.crc32}: the CRC32 of the Data component's bytes, as decimal text. */
public final class DataDigest {
    private DataDigest() {}

    /**
     * Whether the digest has that checksum; false for a text that is not a checksum.
     *
     * @param text the component's whole content
     * @param checksum the CRC32 of the Data component
     */
    public static boolean matches(String text, long checksum) {
        String digits = text.strip();
        return digits.matches("[0-9]{1,10}") && Long.parseLong(digits) == checksum;
    }
}
