package io.medusa.backup;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.os.ExclusiveLock;
import io.medusa.os.FileSystems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows that a backup of a node is running on this machine: the lock that refuses a second one of the same data, and the marker that
 * the container protocol polls (docs/compatibility.md 11, 20), which the last running backup of any node removes. It holds the process's id and
 * its start in clock ticks since boot, which tell a marker of a killed process.
 *
 * <p>The lock's path depends neither on TMPDIR nor on the user; between users or containers, the lease in the bucket refuses one of two.
 * The lock beside the marker only decides who removes the marker.
 */
final class InProgress implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(InProgress.class);
    private static final String RESTORE = "medusa_restore_in_progress";
    private static final String MARKER = "medusa_backup_in_progress";

    private final Path directory;
    private final ExclusiveLock lock;
    private final Optional<ExclusiveLock> beside;
    private final Optional<Path> data;

    private InProgress(Path directory, ExclusiveLock lock, Optional<ExclusiveLock> beside, Optional<Path> data) {
        this.directory = directory;
        this.lock = lock;
        this.beside = beside;
        this.data = data;
    }

    /**
     * Acquires the lock and creates the marker.
     *
     * @param directory for the marker
     * @param data the node's first data directory, if known: it identifies the node, whatever its name
     * @throws MedusaException of kind BUSY if another backup, or a restore, is running
     */
    static InProgress begin(Path directory, NodeName node, Optional<Path> data) {
        if (ExclusiveLock.isHeld(directory, RESTORE + "." + node)) {
            throw new MedusaException(
                    FailureKind.BUSY,
                    "a restore of node " + node + " is running and replaces its data. Wait for it to finish");
        }
        String what = "a backup of node " + node;
        ExclusiveLock lock = lock(directory, node, data, "backup", what);
        InProgress sign = new InProgress(directory, lock, beside(directory, node), data);
        Path marker = directory.resolve(MARKER);
        try {
            mark(marker);
        } catch (IOException failed) {
            sign.giveBack();
            throw Failures.ofFile("creating " + marker, failed, FailureKind.LOCAL_FILE);
        }
        return sign;
    }

    /** Replaces a marker that another node of this machine or a killed process has left; never opens it, since anybody may have made it. */
    private static void mark(Path marker) throws IOException {
        try {
            FileSystems.replace(marker, ownProcess());
        } catch (IOException failed) {
            if (!Files.exists(marker, LinkOption.NOFOLLOW_LINKS)) {
                throw failed;
            }
            LOG.warn(
                    "Cannot replace {}, which another user owns ({}): a changed configuration may end this backup. Remove the"
                            + " file",
                    marker,
                    failed.getMessage());
        }
    }

    /** The id and field 22 of {@code /proc/self/stat}; the id alone on a system without it. */
    private static String ownProcess() {
        String id = String.valueOf(ProcessHandle.current().pid());
        try {
            String stat = Files.readString(Path.of("/proc/self/stat"));
            return id + " " + stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1)[19] + "\n";
        } catch (IOException noProc) {
            return id + "\n";
        }
    }

    /**
     * Takes one of the node's locks on this machine.
     *
     * @param directory for the lock of a node whose data directory is unknown
     * @param kind of the lock, in one word
     * @throws MedusaException of kind BUSY if it is held
     */
    static ExclusiveLock lock(Path directory, NodeName node, Optional<Path> data, String kind, String what) {
        Optional<String> identity = data.flatMap(ExclusiveLock::identity).map(id -> id.replace(':', '-'));
        return identity.isEmpty()
                ? ExclusiveLock.acquire(directory, "medusa_" + kind + "_in_progress." + node, what)
                : ExclusiveLock.acquire(ExclusiveLock.privateDirectory(), kind + "." + identity.get(), what);
    }

    /**
     * The lock beside the marker, unless it is the node's lock already. In a world-writable directory any user can hold it; that must
     * not prevent a backup.
     */
    private static Optional<ExclusiveLock> beside(Path directory, NodeName node) {
        String name = MARKER + "." + node;
        try {
            return Optional.of(ExclusiveLock.acquire(directory, name, name));
        } catch (MedusaException held) {
            LOG.debug("{}", held.getMessage());
            return Optional.empty();
        }
    }

    private void giveBack() {
        try {
            beside.ifPresent(ExclusiveLock::close);
        } finally {
            lock.close();
        }
    }

    /** The identity of the lock, by which later runs on this machine recognize a lease of this process as dead. */
    Optional<String> lock() {
        return lock.identity();
    }

    /** The identity of the node's data, which containers share. */
    Optional<String> data() {
        return data.flatMap(ExclusiveLock::identity);
    }

    /** A failure to remove it is logged; it must not make a finished backup look failed. */
    @Override
    public void close() {
        Path marker = directory.resolve(MARKER);
        try {
            giveBack();
            if (!ExclusiveLock.anyHeld(directory, MARKER + ".")) {
                Files.deleteIfExists(marker);
            }
        } catch (MedusaException | IOException failed) {
            LOG.warn("Removing the marker {} failed ({}). Remove it by hand", marker, failed.getMessage());
        }
    }
}
