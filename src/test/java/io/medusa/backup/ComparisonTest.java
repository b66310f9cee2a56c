package io.medusa.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.cassandra.SnapshotFile;
import io.medusa.model.ContentHash;
import io.medusa.model.ManifestEntry;
import io.medusa.model.TableDirectory;
import io.medusa.repository.StoredFile;
import io.medusa.storage.HashCheck;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.StoredObject;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether a file and an object are the same, and what has to be read to know it. */
final class ComparisonTest {
    private static final ObjectKey KEY = new ObjectKey("n1/data/ks/t/nb-1-big-Data.db");
    private static final ContentHash OWN = md5('a');
    private static final ContentHash OTHER = md5('b');
    private static final long SMALL = 64 * 1024;
    private static final long NANOS = 1_700_000_000_123_456_789L;
    private static final long WHOLE_SECOND = 1_700_000_000_000_000_000L;

    private final List<String> read = new ArrayList<>();

    private final Comparison.LocalHashes local = new Comparison.LocalHashes() {
        @Override
        public ContentHash md5(SnapshotFile file) {
            read.add("file");
            return OWN;
        }

        @Override
        public HashCheck.Answer compare(SnapshotFile file, Optional<ContentHash> expected, long partSize) {
            if (expected.isEmpty()) {
                return HashCheck.Answer.UNKNOWN;
            }
            read.add("file");
            return expected.get().equals(OWN) ? HashCheck.Answer.SAME : HashCheck.Answer.DIFFERENT;
        }
    };

    private static ContentHash md5(char digit) {
        return ContentHash.parse(String.valueOf(digit).repeat(32)).orElseThrow();
    }

    private static @Nullable ContentHash hash(String word) {
        return switch (word) {
            case "own" -> OWN;
            case "other" -> OTHER;
            default -> null;
        };
    }

    /**
     * The table.
     *
     * @param compare quick, or thorough: by what the store holds now
     * @param size of the file: small is what a wrong tag is not believed for
     * @param object whether it is there in the file's size
     * @param listed the hash that the store lists
     * @param named the hash in the manifest of a finished backup; "none" if no backup names the object, "unhashed" if it has no hash
     * @param time the modification time in that manifest: the file's, another, or the file's in whole seconds
     * @param stored the hash of the bytes that the store really holds
     * @param read what is read: the file, the object, or neither
     */
    @ParameterizedTest
    @CsvSource(textBlock = """
            # compare, size,  object,    listed, named,    time,  stored, same,  read
            # the very file of an earlier backup: nothing is read
            quick,     large, intact,    own,    own,      same,  own,    true,  ''
            quick,     large, intact,    none,   own,      same,  own,    true,  ''
            # no proof by time: by hash
            quick,     large, intact,    own,    own,      other, own,    true,  file
            quick,     large, intact,    own,    own,      whole, own,    true,  file
            quick,     large, intact,    own,    none,     other, own,    true,  file
            quick,     large, intact,    none,   own,      other, own,    true,  file
            quick,     large, intact,    other,  none,     other, other,  false, file
            quick,     large, intact,    none,   other,    other, other,  false, file
            # a tag that looks like an MD5 and is none is not believed where looking costs little
            quick,     small, intact,    other,  none,     other, own,    true,  file+object+file
            quick,     small, intact,    other,  none,     other, other,  false, file+object+file
            quick,     large, intact,    other,  none,     other, own,    false, file
            # no hash at all: by the bytes
            quick,     large, intact,    none,   none,     other, own,    true,  object+file
            quick,     large, intact,    none,   unhashed, other, own,    true,  object+file
            quick,     large, intact,    none,   none,     other, other,  false, object+file
            quick,     large, intact,    none,   none,     other, none,   false, object
            # what is not whole is never the same, whatever its hash
            quick,     large, truncated, own,    own,      same,  own,    false, ''
            quick,     large, missing,   own,    own,      same,  own,    false, ''
            quick,     large, intact,    other,  own,      same,  other,  false, ''
            # thorough: time proves nothing
            thorough,  large, intact,    own,    own,      same,  own,    true,  file
            thorough,  large, intact,    none,   own,      same,  own,    true,  object+file
            thorough,  large, intact,    none,   own,      same,  other,  false, object+file
            thorough,  large, intact,    other,  none,     other, other,  false, file
            thorough,  large, truncated, own,    own,      same,  own,    false, ''
            """)
    void isSame(
            String compare,
            String size,
            String object,
            String listed,
            String named,
            String time,
            String stored,
            boolean same,
            String expectedReads) {
        long bytes = size.equals("small") ? SMALL : SMALL + 1;
        long modified = time.equals("whole") ? WHOLE_SECOND : NANOS;
        SnapshotFile file = new SnapshotFile(
                Path.of("/snapshot/nb-1-big-Data.db"),
                new TableDirectory("ks", "t-0a1b2c3d"),
                "",
                "nb-1-big-Data.db",
                bytes,
                modified);
        StoredFile found = new StoredFile(
                KEY,
                object.equals("missing")
                        ? null
                        : new StoredObject(
                                KEY, object.equals("truncated") ? bytes - 1 : bytes, hash(listed), Instant.EPOCH),
                named.equals("none")
                        ? null
                        : new ManifestEntry(
                                KEY.value(), bytes, hash(named), time.equals("other") ? modified + 1 : modified));
        Comparison comparison = new Comparison(compare.equals("thorough"), local, key -> {
            read.add("object");
            return Optional.ofNullable(hash(stored));
        });
        assertThat(comparison.isSame(file, found)).isEqualTo(same);
        assertThat(String.join("+", read)).isEqualTo(expectedReads);
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            # size of the named object, its hash, the file is what a finished backup named
            70000,                      own,      true
            70000,                      other,    false
            70000,                      none,     false
            70001,                      own,      false
            """)
    void isWhatWasNamed(long size, String named, boolean expected) {
        SnapshotFile file = new SnapshotFile(
                Path.of("/snapshot/nb-1-big-Data.db"),
                new TableDirectory("ks", "t-0a1b2c3d"),
                "",
                "nb-1-big-Data.db",
                70_000,
                NANOS);
        StoredFile gone = new StoredFile(KEY, null, new ManifestEntry(KEY.value(), size, hash(named), NANOS));
        assertThat(new Comparison(false, local, key -> Optional.empty()).isWhatWasNamed(file, gone))
                .isEqualTo(expected);
    }
}
