package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.ManifestEntry;
import io.medusa.storage.HashCheck;
import io.medusa.storage.HashRule;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Compares the content of files with a manifest.
 *
 * @param rule how the store that wrote the manifest's hashes computes them
 */
record FileCheck(HashRule rule) {
    /** Whether a file is known to have the content of an object; a file that is not there has not. */
    boolean isRight(ManifestEntry entry, Path file) {
        // nothing to compare with: download it again rather than trust it
        if (entry.knownHash().isEmpty() || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        try {
            return Files.size(file) == entry.size() && compare(entry, file) == HashCheck.Answer.SAME;
        } catch (NoSuchFileException compactedMeanwhile) {
            return false;
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** The result of comparing a file with the manifest's hash. */
    HashCheck.Answer compare(ManifestEntry entry, Path file) throws IOException {
        return HashCheck.of(() -> FileChannel.open(file), entry.knownHash(), entry.partSize(), entry.size(), rule)
                .answer();
    }
}
