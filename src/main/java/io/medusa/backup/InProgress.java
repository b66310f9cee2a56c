package io.medusa.backup;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.os.ExclusiveLock;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The signs that a backup of a node runs on this machine: the lock that refuses a second one, and the empty marker that the
 * container protocol polls (compat.md 11, 20), which goes with the last backup of any node.
 */
final class InProgress implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(InProgress.class);
    private static final String RESTORE = "medusa_restore_in_progress";
    private static final String MARKER = "medusa_backup_in_progress";

    private final Path directory;
    private final ExclusiveLock lock;

    private InProgress(Path directory, ExclusiveLock lock) {
        this.directory = directory;
        this.lock = lock;
    }

    static InProgress begin(Path directory, NodeName node) {
        if (ExclusiveLock.isHeld(directory, RESTORE + "." + node)) {
            throw new MedusaException(
                    FailureKind.BUSY,
                    "a restore of node " + node
                            + " is running, and the node will be another one after it; wait for its end");
        }
        ExclusiveLock lock = ExclusiveLock.acquire(directory, MARKER + "." + node, "a backup of node " + node);
        Path marker = directory.resolve(MARKER);
        try {
            Files.createFile(marker);
        } catch (FileAlreadyExistsException left) {
            // of another node of this machine, or of a killed process
        } catch (IOException failed) {
            lock.close();
            throw Failures.ofFile("creating " + marker, failed, FailureKind.LOCAL_FILE);
        }
        return new InProgress(directory, lock);
    }

    /** The identity of the lock, by which later runs on this machine know that a lease of this one is of a dead process. */
    Optional<String> lock() {
        return lock.identity();
    }

    /** What cannot be removed is reported; it must not make a finished backup look failed. */
    @Override
    public void close() {
        Path marker = directory.resolve(MARKER);
        try {
            lock.close();
            if (!ExclusiveLock.anyHeld(directory, MARKER + ".")) {
                Files.deleteIfExists(marker);
            }
        } catch (MedusaException | IOException failed) {
            LOG.warn("The marker {} could not be removed ({}); remove it by hand", marker, failed.getMessage());
        }
    }
}
