package io.medusa.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.ContentHash;
import io.medusa.storage.HashCheck.Answer;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HashesTest {
    private static final long MIB = 1 << 20;

    private static ContentHash parse(String text) {
        return ContentHash.parse(text).orElseThrow();
    }

    /** docs/compatibility.md 24. */
    @Test
    void theTwoFormsOfAnMd5AreOne() {
        assertThat(parse("kAFQmDzST7DWlj99KOF/cg==")).isEqualTo(parse("900150983cd24fb0d6963f7d28e17f72"));
        assertThat(parse("900150983cd24fb0d6963f7d28e17f72").toBase64()).isEqualTo("kAFQmDzST7DWlj99KOF/cg==");
        assertThat(HashRule.PLAIN_BASE64.text(parse("900150983cd24fb0d6963f7d28e17f72")))
                .isEqualTo("kAFQmDzST7DWlj99KOF/cg==");
        assertThat(ContentHash.parse("no-md5-hash")).isEmpty();
    }

    /** docs/compatibility.md 24: 20 bytes in parts of 10 make two parts, not three. */
    @Test
    void anExactMultipleHasNoEmptyPart() {
        ContentHasher hasher = new ContentHasher(20, 10);
        hasher.update(ByteBuffer.allocate(20));
        assertThat(hasher.finish().parts()).isEqualTo(2);
    }

    /** docs/compatibility.md 8.2. */
    @Test
    void partsFollowTheRuleOfTheReference() {
        HashRule rule = new HashRule(20 * MIB, 50 * MIB, false, false);
        assertThat(rule.partSize(20 * MIB - 1)).isZero();
        assertThat(rule.partSize(20 * MIB)).isEqualTo(50 * MIB);
        assertThat(rule.partSize(500_000 * MIB)).as("10,000 parts still do").isEqualTo(50 * MIB);
        assertThat(rule.partSize(500_000 * MIB + 1)).as("one more does not").isEqualTo(100 * MIB);
        assertThat(new HashRule(1024, 1024, false, false).partSize(5000)).isEqualTo(5 * MIB);
    }

    @Property(tries = 200)
    void partsAreFoundAgain(
            @ForAll @LongRange(min = 1, max = 40L << 30) long size, @ForAll @IntRange(min = 5, max = 60) int part) {
        long partSize = part * MIB;
        long parts = HashRule.parts(size, partSize);
        ContentHash hash = new ContentHash(ContentHash.Form.MULTIPART, "0".repeat(32), (int) parts);
        HashRule configured = new HashRule(0, partSize, false, false);
        if (parts <= 10_000) {
            assertThat(configured.partSizes(hash, size).get(0)).isEqualTo(parts == 1 ? size : partSize);
        }
    }

    @Test
    void aTagIsComparedWithNothing() throws IOException {
        byte[] bytes = "abc".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        assertThat(check(bytes, Optional.of(ContentHash.opaque("900150983cd24fb0d6963f7d28e17f72"))))
                .isEqualTo(Answer.UNKNOWN);
        assertThat(check(bytes, Optional.empty())).isEqualTo(Answer.UNKNOWN);
        assertThat(check(bytes, Optional.of(parse("900150983cd24fb0d6963f7d28e17f72"))))
                .isEqualTo(Answer.SAME);
        assertThat(check(
                        "abd".getBytes(java.nio.charset.StandardCharsets.UTF_8),
                        Optional.of(parse("900150983cd24fb0d6963f7d28e17f72"))))
                .isEqualTo(Answer.DIFFERENT);
        assertThat(check(bytes, Optional.of(parse("0".repeat(32) + "-7"))))
                .as("no part is so small")
                .isEqualTo(Answer.UNKNOWN);
        HashRule encrypted = new HashRule(1, 1, false, true);
        assertThat(encrypted
                        .parse("900150983cd24fb0d6963f7d28e17f72")
                        .orElseThrow()
                        .form())
                .isEqualTo(ContentHash.Form.OPAQUE);
    }

    private static ContentHash ofParts(byte[] bytes, long partSize) {
        ContentHasher hasher = new ContentHasher(bytes.length, partSize);
        hasher.update(java.nio.ByteBuffer.wrap(bytes));
        return hasher.finish();
    }

    private static Answer check(byte[] bytes, ContentHash hash, long partSize) throws IOException {
        HashRule ours = new HashRule(20 << 20, 50 << 20, false, false);
        return HashCheck.of(
                        () -> Channels.newChannel(new java.io.ByteArrayInputStream(bytes)),
                        Optional.of(hash),
                        partSize,
                        bytes.length,
                        ours)
                .answer();
    }

    @Test
    void aHashOfPartsWhoseSizeIsRecordedTellsEveryBit() throws IOException {
        byte[] bytes = "the rows of a table".getBytes(java.nio.charset.StandardCharsets.UTF_8);
        ContentHash hash = ofParts(bytes, 7);
        assertThat(check(bytes, hash, 7)).isEqualTo(Answer.SAME);
        bytes[3] ^= 1;
        assertThat(check(bytes, hash, 7)).isEqualTo(Answer.DIFFERENT);
        assertThat(check(bytes, hash, 0)).as("no size is known").isEqualTo(Answer.UNKNOWN);
        assertThat(check(bytes, hash, 5)).as("a size that gives other parts").isEqualTo(Answer.UNKNOWN);
    }

    /** 13 MiB is nobody's default, but makes two parts, as 15 and 16 MiB do. */
    @Test
    void aSoundObjectIsNotCalledDamagedBecauseThePartSizeWasAnother() throws IOException {
        byte[] bytes = new byte[25 << 20];
        new java.util.Random(1).nextBytes(bytes);
        assertThat(check(bytes, ofParts(bytes, 13 << 20), 0)).isEqualTo(Answer.SAME);
        ContentHash odd = ofParts(bytes, (13 << 20) + 1024);
        assertThat(check(bytes, odd, 0)).as("not to be found by trying").isEqualTo(Answer.UNKNOWN);
        assertThat(check(bytes, odd, (13 << 20) + 1024)).isEqualTo(Answer.SAME);
    }

    private static Answer check(byte[] bytes, Optional<ContentHash> expected) throws IOException {
        return HashCheck.of(
                        () -> Channels.newChannel(new java.io.ByteArrayInputStream(bytes)),
                        expected,
                        0,
                        bytes.length,
                        HashRule.PLAIN)
                .answer();
    }

    /** Pieces in any order, some of them read twice, add up to the checksum of the whole. */
    @Property(tries = 100)
    void checksumsOfPiecesAddUp(
            @ForAll @IntRange(min = 0, max = 100_000) int size, @ForAll @IntRange(min = 1, max = 9) int pieces)
            throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        CRC32 whole = new CRC32();
        whole.update(bytes);
        Crc32Parts parts = new Crc32Parts();
        ObjectSource source = new ObjectSource.Checksummed(new ObjectSource.OfBytes(ByteBuffer.wrap(bytes)), parts);
        long length = Math.max(1, (size + pieces - 1) / pieces);
        List<Long> offsets = new ArrayList<>();
        for (long offset = 0; offset < size; offset += length) {
            offsets.add(offset);
        }
        Collections.shuffle(offsets, new Random(pieces));
        for (long offset : offsets) {
            for (int again = 0; again < 2; again++) {
                drain(source.part(offset, Math.min(length, size - offset)));
            }
        }
        assertThat(parts.value()).isEqualTo(whole.getValue());
    }

    private static void drain(ObjectSource source) throws IOException {
        try (ReadableByteChannel in = source.open()) {
            ByteBuffer buffer = ByteBuffer.allocate(999);
            while (in.read(buffer) >= 0) {
                buffer.clear();
            }
        }
    }

    @Test
    void aPieceOfAFileIsThatPiece(@TempDir Path directory) throws IOException {
        byte[] bytes = new byte[3 << 20];
        new Random(1).nextBytes(bytes);
        Path file = Files.write(directory.resolve("file"), bytes);
        ObjectSource piece =
                new ObjectSource.OfFile(file, bytes.length).part(1000, 2 << 20).part(5, 1 << 20);
        try (HashedSource hashed = HashedSource.read(piece)) {
            byte[] read = hashed.open().readAllBytes();
            assertThat(read).isEqualTo(java.util.Arrays.copyOfRange(bytes, 1005, 1005 + (1 << 20)));
            ContentHasher hasher = new ContentHasher();
            hasher.update(ByteBuffer.wrap(read));
            assertThat(hashed.md5()).isEqualTo(hasher.finish());
        }
    }
}
