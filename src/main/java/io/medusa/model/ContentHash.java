package io.medusa.model;

import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The hash of an object's content in one of the forms that providers use (docs/compatibility.md 8.1).
 *
 * @param form what the digits are the hash of
 * @param hex lower-case hex digits; for an opaque tag the tag itself
 * @param parts the number of parts of a multipart upload, otherwise 0
 */
public record ContentHash(Form form, String hex, int parts) {
    /** What a hash was computed over. */
    public enum Form {
        /** The MD5 of all bytes. */
        MD5,
        /** The MD5 of the parts' MD5s, as S3 gives it to multipart uploads. */
        MULTIPART,
        /** A tag of the store that says nothing about the bytes. */
        OPAQUE
    }

    private static final Pattern HEX = Pattern.compile("[0-9a-fA-F]{32}");
    private static final Pattern PARTS = Pattern.compile("([0-9a-fA-F]{32})-([0-9]{1,6})");

    /** The MD5 of the given 16 bytes. */
    public static ContentHash ofMd5(byte[] digest) {
        return new ContentHash(Form.MD5, HexFormat.of().formatHex(digest), 0);
    }

    /** The hash of parts, from the concatenation of their MD5s of 16 bytes each (docs/compatibility.md 8.2). */
    public static ContentHash ofParts(byte[] digests) {
        try {
            byte[] digest = MessageDigest.getInstance("MD5").digest(digests);
            return new ContentHash(Form.MULTIPART, HexFormat.of().formatHex(digest), digests.length / 16);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java has MD5", impossible);
        }
    }

    /** The hash of parts that have these hashes, all of the form MD5. */
    public static ContentHash ofParts(ContentHash... parts) {
        ByteArrayOutputStream digests = new ByteArrayOutputStream();
        for (ContentHash part : parts) {
            digests.writeBytes(HexFormat.of().parseHex(part.hex));
        }
        return ofParts(digests.toByteArray());
    }

    /** A tag that says nothing about the bytes. */
    public static ContentHash opaque(String tag) {
        return new ContentHash(Form.OPAQUE, tag, 0);
    }

    /**
     * Reads any form that manifests and listings hold: 32 hex digits, their base64, {@code hex-parts}.
     *
     * @return empty for an absent hash ({@code null}, empty, {@code no-md5-hash})
     */
    public static Optional<ContentHash> parse(@Nullable String text) {
        if (text == null || text.isBlank() || text.equals("no-md5-hash")) {
            return Optional.empty();
        }
        String plain = text.strip().replace("\"", "");
        if (HEX.matcher(plain).matches()) {
            return Optional.of(new ContentHash(Form.MD5, plain.toLowerCase(Locale.ROOT), 0));
        }
        Matcher parts = PARTS.matcher(plain);
        if (parts.matches()) {
            return Optional.of(new ContentHash(
                    Form.MULTIPART, parts.group(1).toLowerCase(Locale.ROOT), Integer.parseInt(parts.group(2))));
        }
        return Optional.of(ofBase64(plain).orElse(new ContentHash(Form.OPAQUE, plain, 0)));
    }

    private static Optional<ContentHash> ofBase64(String text) {
        try {
            byte[] bytes = Base64.getDecoder().decode(text);
            return bytes.length == 16 ? Optional.of(ofMd5(bytes)) : Optional.empty();
        } catch (IllegalArgumentException notBase64) {
            return Optional.empty();
        }
    }

    /** Whether the two can be compared at all: the same form, and not opaque. */
    public boolean comparableWith(ContentHash other) {
        return form == other.form && form != Form.OPAQUE;
    }

    /** Whether both are known to be hashes of different bytes. False for hashes of different forms. */
    public boolean contradicts(ContentHash other) {
        return comparableWith(other) && !equals(other);
    }

    /** The bytes that the digits stand for. */
    public byte[] bytes() {
        return HexFormat.of().parseHex(hex);
    }

    /** The digits of an MD5 in base64; any other form as {@link #toString} has it. */
    public String toBase64() {
        return form == Form.MD5
                ? Base64.getEncoder().encodeToString(HexFormat.of().parseHex(hex))
                : toString();
    }

    /** The text for a manifest: hex digits, with the number of parts where there are parts. */
    @Override
    public String toString() {
        return form == Form.MULTIPART ? hex + "-" + parts : hex;
    }
}
