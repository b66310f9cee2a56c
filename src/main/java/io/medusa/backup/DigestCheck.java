package io.medusa.backup;

import io.medusa.cassandra.ChunkChecksums;
import io.medusa.cassandra.DataDigest;
import io.medusa.cassandra.SnapshotFile;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.Component;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Compares the checksum of a Data component, computed while it is uploaded, with the one that Cassandra wrote into
 * {@code Digest.crc32} when it made the SSTable.
 */
final class DigestCheck {
    private DigestCheck() {}

    /** Whether a file has a digest to compare with. */
    static boolean applies(SnapshotFile file) {
        return file.component() == Component.DATA;
    }

    /**
     * The damage of the file, if any.
     *
     * @param checksum the CRC32 of all its bytes
     */
    static Optional<String> damage(SnapshotFile file, long checksum) {
        Path digest = file.path().resolveSibling(file.sstable().orElseThrow().fileOf(Component.DIGEST));
        try {
            if (DataDigest.matches(Files.readString(digest, StandardCharsets.ISO_8859_1), checksum)) {
                return Optional.empty();
            }
            return Optional.of("its bytes do not match Digest.crc32: " + ChunkChecksums.locate(file.path()));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (IOException failed) {
            throw Failures.ofFile("reading the checksums of " + file.path(), failed, FailureKind.LOCAL_FILE);
        }
    }
}
