package io.medusa.restore;

import io.medusa.cassandra.SchemaJournal;
import io.medusa.cassandra.StagingDirectory;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.model.TableDirectory;
import io.medusa.os.ExclusiveLock;
import io.medusa.os.FileSystems;
import io.medusa.os.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The staging directories of one restore, one for each data directory of the node, from their creation to their removal. A directory
 * is renamed before it is deleted, so that nobody reads an incomplete one.
 */
final class NodeStaging {
    private static final Logger LOG = LoggerFactory.getLogger(NodeStaging.class);
    private static final String TRASH = "trash-";

    private final StagingPaths paths;
    private final Privileges privileges;

    /** @param id of the restore, see {@link StagingPaths} */
    NodeStaging(String id, List<Path> dataDirectories, Privileges privileges) {
        this(StagingPaths.of(id, dataDirectories, privileges), privileges);
    }

    private NodeStaging(StagingPaths paths, Privileges privileges) {
        this.paths = paths;
        this.privileges = privileges;
    }

    /** The staging directories of another restore of this node. */
    NodeStaging withId(String other) {
        return new NodeStaging(paths.withId(other), privileges);
    }

    /** Keeps other restores, imports and undos away from the node. */
    static ExclusiveLock lock(Path temporaryDirectory, NodeName node) {
        return ExclusiveLock.acquire(
                temporaryDirectory, "medusa_restore_in_progress." + node, "a restore of node " + node);
    }

    StagingPaths paths() {
        return paths;
    }

    Privileges privileges() {
        return privileges;
    }

    List<Path> dataDirectories() {
        return paths.dataDirectories();
    }

    /** The schema changes that restores of this node still have to make. */
    SchemaJournal schemaJournal() {
        return new SchemaJournal(paths.schemaChanges(), privileges::makeOwn);
    }

    /** Tries with empty directories whether every data directory can be swapped as a whole, in one step each. */
    boolean trySwappingWhole() {
        if (!paths.areBeside()) {
            return false;
        }
        for (Path directory : dataDirectories()) {
            Path one = paths.own(directory).resolve("probe-1");
            Path other = paths.own(directory).resolve("probe-2");
            privileges.makeOwn(one);
            privileges.makeOwn(other);
            boolean swapped = privileges.exchange(one, other);
            privileges.remove(one);
            privileges.remove(other);
            if (!swapped) {
                return false;
            }
        }
        return true;
    }

    /** The journal of an earlier run that was interrupted, or that has kept the previous state. */
    Optional<Journal> journal() {
        return Journal.read(paths.journal(), dataDirectories());
    }

    /** Replaces the journal; returns once it survives a power failure. */
    void write(Journal journal) {
        journal.write(paths.journal(), dataDirectories());
    }

    /** Removes the journal: nothing was swapped, or the swap is over. */
    void deleteJournal() {
        try {
            Files.deleteIfExists(paths.journal());
        } catch (IOException failed) {
            throw Failures.ofFile("removing " + paths.journal(), failed, FailureKind.LOCAL_FILE);
        }
    }

    /** When the journal was last written; the newest of several belongs to the last restore. */
    Instant journalTime() {
        return Instant.ofEpochMilli(paths.journal().toFile().lastModified());
    }

    /**
     * Creates the staging directories, writable for this user. Without a journal, nobody needs what an earlier run left there
     * beside staged files.
     */
    void prepare() {
        Optional<Journal> earlier = journal();
        boolean fresh = earlier.isEmpty() || earlier.get().phase() == Journal.Phase.KEPT;
        if (earlier.isPresent() && fresh) {
            LOG.info("Removing the previous state that an earlier restore of this backup kept");
            deleteJournal();
        }
        for (Path directory : dataDirectories()) {
            refuseLinks(directory);
            Path own = paths.own(directory);
            privileges.makeOwn(own);
            if (fresh) {
                for (String state : List.of(StagingPaths.PREVIOUS, StagingPaths.ASIDE)) {
                    throwAway(own.resolve(state));
                    throwAway(own.resolve(StagingPaths.whole(state)));
                }
            }
            emptyTrash(directory);
            privileges.takeOver(own.resolve(StagingPaths.NEW));
        }
        dataDirectories().forEach(directory -> markUsed(paths.own(directory)));
        discardAbandonedImports(Instant.now());
    }

    /** Files that are linked or downloaded below do not change the time of the directory itself. */
    private static void markUsed(Path staging) {
        try {
            Files.setLastModifiedTime(staging, FileTime.from(Instant.now()));
        } catch (IOException failed) {
            throw Failures.ofFile("setting the time of " + staging, failed, FailureKind.LOCAL_FILE);
        }
    }

    /**
     * Removes what imports of other backups or tables have staged and nobody has resumed for a day. While this process holds the
     * node's lock, none of them runs; an import whose cluster is still staging on other nodes would only download its files again.
     */
    private void discardAbandonedImports(Instant now) {
        for (Path directory : dataDirectories()) {
            for (StagingDirectory staging : StagingDirectory.in(paths.parent(directory))) {
                if (!staging.id().equals(paths.id()) && staging.isAbandonedImport(now)) {
                    LOG.info(
                            "Removing the staging directory of an abandoned import: {} (last used {})",
                            staging.path(),
                            staging.lastUsed());
                    throwAway(staging.path());
                }
            }
            emptyTrash(directory);
        }
    }

    /** Refuses a symbolic link, which could lead this process elsewhere. */
    private void refuseLinks(Path dataDirectory) {
        Path parent = paths.parent(dataDirectory);
        Path path = parent.startsWith(dataDirectory) ? dataDirectory : Objects.requireNonNull(parent.getParent());
        for (Path segment : path.relativize(paths.own(dataDirectory).resolve(StagingPaths.NEW))) {
            path = path.resolve(segment);
            if (Files.isSymbolicLink(path)) {
                throw new MedusaException(
                        FailureKind.LOCAL_FILE, path + " is a symbolic link, but must be a directory. Remove the link");
            }
        }
    }

    /**
     * Removes what an earlier run staged and this one does not need, and gives the rest to the owner of the data.
     *
     * @param wanted all files that this run has staged
     */
    void finish(Collection<Path> wanted) {
        Set<Path> kept = new HashSet<>(wanted);
        for (Path directory : dataDirectories()) {
            Path staged = paths.own(directory).resolve(StagingPaths.NEW);
            privileges.makeOwn(staged);
            try (Stream<Path> files = Files.walk(staged)) {
                for (Path file : files.toList()) {
                    if (!Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS) && !kept.contains(file)) {
                        Files.delete(file);
                    }
                }
            } catch (IOException failed) {
                throw Failures.ofFile("clearing " + staged, failed, FailureKind.LOCAL_FILE);
            }
            privileges.giveAway(staged);
        }
    }

    /** Renames what is staged for a table, which has got another directory than planned. */
    void move(TableDirectory planned, TableDirectory now) {
        for (Path directory : dataDirectories()) {
            Path from = paths.staged(directory, planned);
            if (Directories.exists(from)) {
                Path to = paths.staged(directory, now);
                // an earlier run may have left it, without files
                privileges.remove(to);
                privileges.move(from, to);
            }
        }
    }

    /** Returns once everything below the data directories survives a power failure. */
    void sync() {
        for (Path directory : dataDirectories()) {
            try {
                FileSystems.sync(directory);
            } catch (IOException failed) {
                throw Failures.ofFile("syncing " + directory, failed, FailureKind.LOCAL_FILE);
            }
        }
    }

    /** Marks the previous state as one that the operator wants to keep. */
    void keep() {
        write(journal().orElseThrow().in(Journal.Phase.KEPT));
    }

    /** Records what cassandra.yaml was before this restore changes it; what an earlier run of it has recorded stays. */
    void recordSettings(String settings) {
        Journal journal = journal().orElseThrow();
        if (journal.notes().settings().isEmpty()) {
            write(new Journal(
                    journal.plan(),
                    journal.phase(),
                    new Journal.Notes(journal.notes().again(), Optional.of(settings))));
        }
    }

    /** Removes the staging directories. */
    void discard() {
        // all of them are out of the way before any of them is deleted
        for (Path directory : dataDirectories()) {
            throwAway(paths.own(directory));
        }
        for (Path directory : dataDirectories()) {
            emptyTrash(directory);
            removeIfEmpty(paths.parent(directory));
            removeIfEmpty(StagingDirectory.inside(directory));
            removeIfEmpty(directory.resolve(".medusa"));
        }
    }

    /** Removes everything that this restore has kept; after this it cannot be undone. What others have kept stays. */
    void forget(Collection<Path> clearedDirectories) {
        discard();
        clearedDirectories.forEach(this::forgetSetAside);
    }

    /** Removes what was set aside in a cleared directory for a state that is no longer kept. */
    void forgetSetAside(Path cleared) {
        List.of(paths.setAside(cleared), paths.setAsideAgain(cleared), paths.undone(cleared))
                .forEach(privileges::remove);
    }

    /** A single rename; a kill during the deletion that follows leaves only trash. */
    private void throwAway(Path tree) {
        if (Directories.exists(tree)) {
            privileges.move(tree, paths.parentOf(tree).resolve(TRASH + UUID.randomUUID()));
        }
    }

    private void emptyTrash(Path dataDirectory) {
        Directories.entries(paths.parent(dataDirectory)).stream()
                .filter(entry -> String.valueOf(entry.getFileName()).startsWith(TRASH))
                .forEach(privileges::remove);
    }

    private void removeIfEmpty(Path directory) {
        if (Directories.exists(directory) && Directories.entries(directory).isEmpty()) {
            privileges.remove(directory);
        }
    }

    /** The directory that holds the previous state, for messages. */
    String describePrevious() {
        return paths.own(dataDirectories().get(0)).toString();
    }
}
