package io.medusa.verify;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.repository.Fingerprints;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Remembers in a file which objects have been read and found good, so that an interrupted check goes on where it stopped. Eight
 * bytes for each; a last entry that was cut off is removed.
 */
final class Checkpoint {
    private final Path file;
    private final Fingerprints done = new Fingerprints();

    /** @param file made on the first {@link #add}, taken up if it is there */
    Checkpoint(Path file) {
        this.file = file;
        cutToWhole(file);
        try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            while (true) {
                done.add(in.readLong());
            }
        } catch (EOFException | NoSuchFileException end) {
            // all that there is
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    private static void cutToWhole(Path file) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / Long.BYTES * Long.BYTES);
        } catch (NoSuchFileException none) {
            // nothing has been done
        } catch (IOException failed) {
            throw Failures.ofFile("opening " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Whether an earlier run has found the object good. */
    boolean has(String key) {
        return done.contains(key);
    }

    /** Adds objects that are good. */
    void add(List<String> keys) {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(
                Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)))) {
            for (String key : keys) {
                out.writeLong(Fingerprints.of(key));
            }
        } catch (IOException failed) {
            throw Failures.ofFile("writing " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Forgets everything: the check is over. */
    void remove() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failed) {
            throw Failures.ofFile("removing " + file, failed, FailureKind.LOCAL_FILE);
        }
    }
}
