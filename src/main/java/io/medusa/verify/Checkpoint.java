package io.medusa.verify;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.repository.Fingerprints;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * Records in a file which objects were read and found good, so that an interrupted check can resume. Eight bytes for
 * each, after eight for the kind of file and eight for its subject; a truncated last entry is removed.
 */
final class Checkpoint {
    /** {@code medusaCP} in ASCII. */
    private static final long MAGIC = 0x6d65647573614350L;

    private final Path file;
    private final Fingerprints done = new Fingerprints();

    /**
     * Opens the file, or creates it.
     *
     * @param subject identifies the check: a file with another subject is refused
     */
    Checkpoint(Path file, String subject) {
        this.file = file;
        try {
            if (!Files.exists(file)) {
                write(List.of(MAGIC, Fingerprints.of(subject)));
                return;
            }
            try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
                if (in.readLong() != MAGIC || in.readLong() != Fingerprints.of(subject)) {
                    throw refused();
                }
                while (true) {
                    done.add(in.readLong());
                }
            } catch (EOFException end) {
                if (Files.size(file) < 2 * Long.BYTES) {
                    throw refused();
                }
            }
            cutToWhole();
        } catch (IOException failed) {
            throw Failures.ofFile("opening the checkpoint " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    private MedusaException refused() {
        return new MedusaException(
                FailureKind.REFUSED,
                file
                        + " is the checkpoint of another command or bucket. Name a file that does not exist, or that of the"
                        + " same command");
    }

    private void cutToWhole() throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / Long.BYTES * Long.BYTES);
        }
    }

    private void write(List<Long> numbers) throws IOException {
        try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(
                Files.newOutputStream(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)))) {
            for (long number : numbers) {
                out.writeLong(number);
            }
        }
    }

    /** Whether an earlier run found the object good. */
    boolean has(String key) {
        return done.contains(key);
    }

    /** Adds good objects. */
    void add(List<String> keys) {
        try {
            write(keys.stream().map(Fingerprints::of).toList());
        } catch (IOException failed) {
            throw Failures.ofFile("writing " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Clears the file: the check is complete. */
    void remove() {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failed) {
            throw Failures.ofFile("removing " + file, failed, FailureKind.LOCAL_FILE);
        }
    }
}
