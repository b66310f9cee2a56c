package io.medusa.backup;

import io.medusa.backup.PlannedFile.Action;
import io.medusa.cassandra.SnapshotFile;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.Component;
import io.medusa.model.SSTable;
import io.medusa.model.TableDirectory;
import io.medusa.repository.BackupTarget;
import io.medusa.repository.RepositoryLayout;
import io.medusa.repository.StoredFile;
import io.medusa.repository.StoredFiles;
import io.medusa.repository.StoredFiles.FileSet;
import io.medusa.storage.ObjectKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides for each file of a snapshot whether the store has it already. Writes nothing.
 *
 * <p>An SSTable equals the stored one only if their {@code Digest.crc32} are equal. Then components that follow
 * from its data are compared by size only, all others by hash. A plain key with other content is never overwritten: new content
 * goes to a key tagged with its hash.
 */
final class FilePlanner {
    private final BackupTarget backup;
    private final RepositoryLayout layout;
    private final StoredFiles stored;
    private final Comparison comparison;
    private final boolean tagged;

    FilePlanner(UploadRule rule, StoredFiles stored) {
        this.backup = rule.backup();
        this.layout = rule.layout();
        this.stored = stored;
        this.comparison = rule.comparison();
        this.tagged = rule.tagged();
    }

    /** Decides what to do with the files of one SSTable; may read some of them. Thread-safe. */
    List<PlannedFile> plan(SSTable<SnapshotFile> source) {
        List<Version> versions = versions(source);
        boolean nameIsTaken = isTaken(source, versions);
        List<PlannedFile> planned = new ArrayList<>(source.files().size());
        for (SnapshotFile file : source.files()) {
            planned.add(plan(file, versions, nameIsTaken));
        }
        return planned;
    }

    /** A set of stored files, and whether its data is that of the source. */
    private record Version(FileSet set, Identity identity) {}

    /** How a stored SSTable's data compares with the source. */
    private enum Identity {
        SAME,
        OTHER,
        /** There is no digest to compare with. */
        UNKNOWN
    }

    private List<Version> versions(SSTable<SnapshotFile> source) {
        List<Version> versions = new ArrayList<>();
        for (FileSet set : stored.sets()) {
            versions.add(new Version(set, identity(source, set)));
        }
        return versions;
    }

    private Identity identity(SSTable<SnapshotFile> source, FileSet set) {
        Optional<SnapshotFile> digest = source.find(Component.DIGEST);
        Optional<StoredFile> storedDigest = digest.flatMap(file -> set.find(file.table(), file.relativePath()));
        if (digest.isEmpty() || storedDigest.isEmpty()) {
            return Identity.UNKNOWN;
        }
        SnapshotFile file = digest.get();
        StoredFile candidate = storedDigest.get();
        if (candidate.isIntact()) {
            return sameDigest(file, candidate) ? Identity.SAME : Identity.OTHER;
        }
        if (candidate.namedHash().isEmpty()) {
            return Identity.UNKNOWN;
        }
        return comparison.isWhatWasNamed(file, candidate) ? Identity.SAME : Identity.OTHER;
    }

    /** Always reads the ten bytes on both sides: a name proves nothing. */
    private boolean sameDigest(SnapshotFile file, StoredFile candidate) {
        if (candidate.listedSize() != file.size()) {
            return false;
        }
        return comparison.hasSameContent(file, candidate, candidate.listedHash());
    }

    /** Whether the plain keys have, or a finished backup expects there, data of another SSTable with the same name. */
    private boolean isTaken(SSTable<SnapshotFile> source, List<Version> versions) {
        FileSet plain = versions.get(0).set();
        return versions.get(0).identity() == Identity.OTHER
                || source.files().stream().filter(FilePlanner::isCovered).anyMatch(file -> plain.find(
                                file.table(), file.relativePath())
                        .filter(there -> !matches(file, there, versions.get(0).identity()))
                        .filter(there ->
                                !isRepairable(file, there, versions.get(0).identity()))
                        .isPresent());
    }

    private PlannedFile plan(SnapshotFile file, List<Version> versions, boolean nameIsTaken) {
        Optional<PlannedFile> repair = Optional.empty();
        Optional<PlannedFile> copy = Optional.empty();
        for (Version version : versions) {
            Optional<StoredFile> found = version.set().find(file.table(), file.relativePath());
            if (found.isEmpty() || stored.isPendingDeletion(found.get().key())) {
                continue;
            }
            StoredFile there = found.get();
            boolean inPlace = isInPlace(there.key());
            if (matches(file, there, version.identity())) {
                if (inPlace) {
                    return planned(file, Action.REUSE, there.key(), null, there);
                }
                if (copy.isEmpty()) {
                    ObjectKey target = target(file, nameIsTaken);
                    copy = Optional.of(planned(file, Action.COPY, target, there.key(), there));
                }
            } else if (inPlace && repair.isEmpty() && isRepairable(file, there, version.identity())) {
                repair = Optional.of(
                        new PlannedFile(file, Action.REPAIR, there.key(), null, null, null, 0, null, there.listed()));
            }
        }
        if (repair.isPresent()) {
            return repair.get();
        }
        return copy.orElseGet(() -> planned(file, Action.UPLOAD, target(file, nameIsTaken), null, null));
    }

    private static boolean isCovered(SnapshotFile file) {
        return file.component().isCoveredByDigest();
    }

    /** Whether the stored object can be reused for the file. */
    private boolean matches(SnapshotFile file, StoredFile there, Identity identity) {
        if (!there.isIntact() || there.listedSize() != file.size()) {
            return false;
        }
        if (isCovered(file) && !comparison.thorough()) {
            return switch (identity) {
                // another program may have left components of another SSTable beside this digest, and a file that was
                // modified since we stored it may be another one
                case SAME -> isUntouched(file, there) || comparison.isSame(file, there);
                case OTHER -> false;
                case UNKNOWN -> comparison.isSame(file, there);
            };
        }
        // if the data is of another SSTable with that name, the time of a file proves nothing
        return (identity == Identity.OTHER && !comparison.thorough())
                ? comparison.hasSameContent(file, there, there.knownHash())
                : comparison.isSame(file, there);
    }

    /** Whether one of our own finished backups names the object, and the file has not changed since then. */
    private static boolean isUntouched(SnapshotFile file, StoredFile there) {
        return there.named() != null
                && there.named().modified().isPresent()
                && there.named().modified().getAsLong() == file.modifiedNanos();
    }

    /** Whether finished backups expect the file's content under that key, and the object there is missing or damaged. */
    private boolean isRepairable(SnapshotFile file, StoredFile there, Identity identity) {
        if (there.named() == null || there.namedSize() != file.size() || matches(file, there, identity)) {
            return false;
        }
        if (there.isIntact() && !comparison.thorough()) {
            return false;
        }
        return there.namedHash().isPresent()
                ? comparison.isWhatWasNamed(file, there)
                : !there.isIntact() && isCovered(file) && identity == Identity.SAME;
    }

    /** Whether plain keys belong to the pool, which finished backups may name, rather than to this full backup. */
    boolean plainKeysAreShared() {
        return backup.mode() != BackupMode.FULL;
    }

    /** Whether this backup may use the key unchanged. */
    private boolean isInPlace(ObjectKey key) {
        return key.value().startsWith(layout.dataPrefix(backup.node(), backup.name(), backup.mode()));
    }

    /** The key for new content: a full backup's own key, the plain key of the pool if it is free, otherwise a tagged one. */
    private ObjectKey target(SnapshotFile file, boolean nameIsTaken) {
        TableDirectory table = file.table();
        String path = file.relativePath();
        ObjectKey plain = layout.data(backup.node(), backup.name(), backup.mode(), table, path);
        if (backup.mode() == BackupMode.FULL) {
            return plain;
        }
        boolean occupied = stored.find(table, path, plain).isPresent() || stored.isPendingDeletion(plain);
        if (!tagged && !occupied && !(nameIsTaken && isCovered(file))) {
            return plain;
        }
        return nextKey(file, plain);
    }

    /**
     * The key for a file if its first key turned out to have other content.
     *
     * @throws MedusaException of kind BUSY if there is none
     */
    ObjectKey nextKey(SnapshotFile file, ObjectKey taken) {
        TableDirectory table = file.table();
        String path = file.relativePath();
        if (backup.mode() == BackupMode.FULL) {
            throw new MedusaException(
                    FailureKind.BUSY,
                    "another program stored " + taken
                            + " meanwhile with other content than this node has. Possibly another"
                            + " host backs up under the name " + backup.node() + ". Choose another backup name");
        }
        String md5 = comparison.local().md5(file).hex();
        ObjectKey first = layout.taggedData(backup.node(), table, path, md5);
        if (!first.equals(taken) && !stored.isPendingDeletion(first)) {
            return first;
        }
        ObjectKey other = layout.otherTaggedData(backup.node(), table, path, md5);
        if (other.equals(taken) || stored.isPendingDeletion(other)) {
            throw new MedusaException(
                    FailureKind.BUSY,
                    "every key for " + path + " of " + table + " is in use or being purged. Try again later");
        }
        return other;
    }

    private static PlannedFile planned(
            SnapshotFile file, Action action, ObjectKey key, @Nullable ObjectKey from, @Nullable StoredFile there) {
        return new PlannedFile(
                file,
                action,
                key,
                from,
                there == null ? null : there.knownHash().orElse(null),
                there == null ? null : there.tag().orElse(null),
                there == null ? 0 : Comparison.partSize(there, there.knownHash()),
                there == null || there.named() == null ? null : there.named().damage(),
                null);
    }
}
