package io.medusa.backup;

import io.medusa.backup.PlannedFile.Action;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.Snapshot;
import io.medusa.cassandra.SnapshotDirectories;
import io.medusa.cassandra.SnapshotFile;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.Component;
import io.medusa.model.ContentHash;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.SSTable;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableScope;
import io.medusa.repository.BackupWriter;
import io.medusa.repository.BackupWriter.Begun;
import io.medusa.repository.StoredFile;
import io.medusa.repository.StoredFiles;
import io.medusa.storage.Crc32Parts;
import io.medusa.storage.HashRule;
import io.medusa.storage.MultipartUpload;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.TransferJob;
import io.medusa.transfer.TransferPool;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings a snapshot into the store: plans, moves what is missing, and says what the manifest has to name. */
final class SnapshotUpload {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotUpload.class);

    private final BackupWriter writer;
    private final TransferPool transfers;
    private final boolean hashEverything;
    private final TableScope scope;
    private final ContentHashes hashes;
    private @Nullable UploadPlan keys;

    /** @param scope the tables that matter; all others are left out */
    SnapshotUpload(BackupWriter writer, TransferPool transfers, boolean hashEverything, TableScope scope) {
        this.writer = writer;
        this.transfers = transfers;
        this.hashEverything = hashEverything;
        this.scope = scope;
        this.hashes = new ContentHashes(writer);
    }

    /** What was done. */
    record Done(List<ManifestSection> sections, BackupCounts counts, List<DamagedFile> damaged) {}

    /** One file of the snapshot as the manifest will name it. */
    private record Stored(PlannedFile planned, ManifestEntry entry) {}

    Done run(Begun backup, Snapshot snapshot, Phases phases) {
        phases.next("compare");
        NodeDescription description = snapshot.description();
        Map<TableDirectory, List<SnapshotFile>> tables = inScope(snapshot.files());
        checkComplete(snapshot, tables.keySet(), description);
        checkDefined(snapshot, tables.keySet());
        List<PlannedFile> planned = plan(backup, tables);
        phases.next("upload");
        List<PlannedFile> digests = new ArrayList<>();
        List<PlannedFile> others = new ArrayList<>();
        // digests first: a run that dies leaves behind what tells the next one which data is already there
        planned.forEach(file -> (file.file().component() == Component.DIGEST ? digests : others).add(file));
        List<Stored> stored = new ArrayList<>(move("Preparing", digests));
        stored.addAll(move("Uploading", others));
        return done(tables.keySet(), stored, description.builtIndexes());
    }

    /** The tables of the scope. */
    Map<TableDirectory, List<SnapshotFile>> inScope(Map<TableDirectory, List<SnapshotFile>> tables) {
        Map<TableDirectory, List<SnapshotFile>> wanted = new TreeMap<>(tables);
        wanted.keySet().removeIf(table -> !scope.includes(table));
        if (wanted.isEmpty() && !tables.isEmpty()) {
            throw nothingInScope(scope);
        }
        return wanted;
    }

    static MedusaException nothingInScope(TableScope scope) {
        return new MedusaException(
                FailureKind.USAGE,
                "the node has no table that the backup is limited to (" + scope + "); names are case-sensitive");
    }

    /** What would be done with these files. */
    List<BackupPlan.Table> forecast(Begun backup, Map<TableDirectory, List<SnapshotFile>> tables) {
        Map<TableDirectory, BackupCounts> counts = new TreeMap<>();
        tables.keySet().forEach(table -> counts.put(table, BackupCounts.NONE));
        // whatever their keys: tags would have every file read
        for (PlannedFile file : planned(backup, tables, stored(backup, tables), false)) {
            counts.merge(
                    file.file().table(),
                    BackupCounts.NONE.plus(file.action(), file.file().size()),
                    BackupCounts::plus);
        }
        return counts.entrySet().stream()
                .map(table -> new BackupPlan.Table(table.getKey().qualifiedName(), table.getValue()))
                .toList();
    }

    /** A snapshot that leaves out a table would be restored without it, and nobody would know. */
    private void checkComplete(Snapshot snapshot, Set<TableDirectory> present, NodeDescription description) {
        if (present.isEmpty()) {
            throw new MedusaException(
                    FailureKind.SNAPSHOT_MISSING,
                    "snapshot " + snapshot.tag() + " holds no table; nothing was backed up");
        }
        Set<TableDirectory> missing = missing(present, description);
        if (missing.isEmpty()) {
            return;
        }
        if (snapshot.isOurs()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "snapshot " + snapshot.tag() + " lacks " + missing.size() + " tables of the schema, such as "
                            + missing.iterator().next()
                            + "; does config_file in [cassandra] name all data directories of this node?");
        }
        LOG.warn(
                "Snapshot {} was not taken by Medusa and lacks {} tables that exist now: {}",
                snapshot.tag(),
                missing.size(),
                missing);
    }

    /** Without its definition, a table's files could be restored nowhere. */
    private static void checkDefined(Snapshot snapshot, Set<TableDirectory> tables) {
        Set<TableDirectory> undefined = snapshot.undefined(tables);
        if (!undefined.isEmpty()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "backing up snapshot " + snapshot.tag() + " failed: the definitions of " + undefined.size()
                            + " of its tables are unknown, such as "
                            + undefined.iterator().next().qualifiedName()
                            + "; they are neither in the schema nor in the snapshot's schema.cql. Create a table or its"
                            + " keyspace again as it was, or name what to back up with --table or --keyspace.");
        }
    }

    private Set<TableDirectory> missing(Set<TableDirectory> present, NodeDescription description) {
        Set<TableDirectory> missing = new TreeSet<>(description.tables());
        missing.removeIf(table -> table.keyspace().equals(SystemKeyspaces.TRACES) || present.contains(table) || !scope.includes(table));
        return missing;
    }

    private List<PlannedFile> plan(Begun backup, Map<TableDirectory, List<SnapshotFile>> tables) {
        StoredFiles storedFiles = stored(backup, tables);
        List<PlannedFile> planned = planned(backup, tables, storedFiles, writer.mustTagKeys());
        if (backup.mode() == BackupMode.FULL) {
            discardStale(backup, planned, storedFiles);
        }
        return planned;
    }

    private StoredFiles stored(Begun backup, Map<TableDirectory, List<SnapshotFile>> tables) {
        Set<StoredFiles.Place> places = new HashSet<>();
        tables.forEach((table, files) ->
                files.forEach(file -> addOnce(places, new StoredFiles.Place(table, file.relativePath()))));
        return writer.storedFiles(backup, places, transfers);
    }

    private List<PlannedFile> planned(
            Begun backup,
            Map<TableDirectory, List<SnapshotFile>> tables,
            StoredFiles storedFiles,
            boolean mustTagKeys) {
        Comparison comparison = new Comparison(hashEverything, hashes, hashes::ofObject);
        UploadPlan plan = new UploadPlan(backup, writer.layout(), storedFiles, comparison, mustTagKeys);
        keys = plan;
        List<SSTable<SnapshotFile>> sstables =
                SSTable.group(tables.values().stream().flatMap(List::stream).toList());
        return transfers.mapAll("Comparing", sstables, SSTable::size, plan::plan).stream()
                .flatMap(List::stream)
                .toList();
    }

    /** What an earlier run left under keys of other content goes first: a mixture would look like one SSTable. */
    private void discardStale(Begun backup, List<PlannedFile> planned, StoredFiles storedFiles) {
        writer.discard(
                backup,
                planned.stream()
                        .filter(file -> file.action() != Action.REUSE)
                        .filter(file -> storedFiles
                                .find(file.file().table(), file.file().relativePath(), file.key())
                                .isPresent())
                        .map(PlannedFile::key)
                        .toList());
    }

    /** Two files of one place would overwrite each other in the bucket, and on restore. */
    private static void addOnce(Set<StoredFiles.Place> places, StoredFiles.Place place) {
        if (!places.add(place)) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "the snapshot holds two files " + place.table() + "/" + place.relativePath()
                            + "; does cassandra.yaml name a data directory twice?");
        }
    }

    private List<Stored> move(String what, List<PlannedFile> planned) {
        List<PlannedFile> inPlace =
                planned.stream().filter(file -> file.action() == Action.REUSE).toList();
        List<PlannedFile> toMove =
                planned.stream().filter(file -> file.action() != Action.REUSE).toList();
        List<Stored> stored = new ArrayList<>(planned.size());
        inPlace.forEach(file -> stored.add(asItIs(file)));
        stored.addAll(transfers.runAll(what, toMove, file -> file.file().size(), this::job));
        return stored;
    }

    /** A file that the store has already, as far as is known. */
    private Stored asItIs(PlannedFile file) {
        return new Stored(file, entry(file, file.file().size(), file.hash(), file.tag(), damageOf(file)));
    }

    private TransferJob<Stored> job(PlannedFile planned) {
        SnapshotFile file = planned.file();
        if (planned.action() == Action.COPY) {
            return TransferJob.whole(file.size(), () -> copied(planned).orElseGet(() -> upload(new Reading(planned))));
        }
        Reading reading = new Reading(planned);
        Optional<MultipartUpload> parts = writer.uploadInParts(planned.key(), reading.source, planned.when());
        return parts.isEmpty()
                ? TransferJob.whole(file.size(), () -> upload(reading))
                : new InParts(reading, parts.get());
    }

    /** A file on its way, and the checksum that is computed of it meanwhile. */
    private final class Reading {
        private final PlannedFile planned;
        private final Crc32Parts checksum = new Crc32Parts();
        private final ObjectSource source;

        Reading(PlannedFile planned) {
            SnapshotFile file = planned.file();
            ObjectSource whole = SnapshotSource.of(file);
            this.planned = planned;
            this.source = new ObjectSource.Paced(
                    DigestCheck.applies(file) ? new ObjectSource.Checksummed(whole, checksum) : whole,
                    transfers.bandwidth()::take);
        }

        Stored stored(StoredObject uploaded) {
            String damage = DigestCheck.applies(planned.file())
                    ? DigestCheck.damage(planned.file(), checksum.value()).orElse(null)
                    : null;
            return new Stored(planned, entry(planned, uploaded.size(), uploaded.hash(), uploaded.tag(), damage));
        }

        /** A file that vanishes while it is read means that the snapshot has been cleared. */
        MedusaException failure(MedusaException failed) {
            Path path = planned.file().path();
            return failed.getCause() instanceof NoSuchFileException missing
                            && path.toString().equals(missing.getFile())
                    ? SnapshotDirectories.vanished(path, missing)
                    : failed;
        }
    }

    private Stored upload(Reading reading) {
        try {
            return reading.stored(writer.upload(reading.planned.key(), reading.source, reading.planned.when()));
        } catch (MedusaException failed) {
            return withoutReplacing(reading, failed);
        }
    }

    /**
     * What to do where the store has something under the key that was not there before, or has not any more: another writer, or this
     * one, whose request was repeated after a lost answer. The same bytes are taken as they are; others are left alone.
     */
    private Stored withoutReplacing(Reading reading, MedusaException failed) {
        if (failed.kind() != FailureKind.BUSY) {
            throw reading.failure(failed);
        }
        PlannedFile planned = reading.planned;
        hashes.forget(planned.key());
        Optional<StoredObject> there = writer.stat(planned.key());
        if (there.isPresent() && isSame(planned.file(), there.get())) {
            return asItIs(planned, there.get());
        }
        ObjectKey other = Objects.requireNonNull(keys).nextKey(planned.file(), planned.key());
        LOG.warn("Uploading {} as {}: {}", planned.file().path(), other, failed.getMessage());
        return upload(new Reading(planned.at(other)));
    }

    private boolean isSame(SnapshotFile file, StoredObject there) {
        return there.size() == file.size()
                && new Comparison(true, hashes, hashes::ofObject)
                        .hasSameContent(file, new StoredFile(there.key(), there, null), there.knownHash());
    }

    private Stored asItIs(PlannedFile planned, StoredObject there) {
        ContentHash known = there.knownHash()
                .filter(hash -> hash.form() != ContentHash.Form.OPAQUE)
                .orElseGet(() -> hashes.md5(planned.file()));
        String tag = there.knownHash()
                .filter(hash -> !hash.equals(known))
                .map(ContentHash::toString)
                .orElse(null);
        return new Stored(planned, entry(planned, there.size(), known, tag, damageOf(planned)));
    }

    /** A large file, part by part. */
    private final class InParts implements TransferJob<Stored> {
        private final Reading reading;
        private final MultipartUpload upload;

        InParts(Reading reading, MultipartUpload upload) {
            this.reading = reading;
            this.upload = upload;
        }

        @Override
        public int parts() {
            return upload.parts();
        }

        @Override
        public long size(int part) {
            return upload.size(part);
        }

        @Override
        public void move(int part) {
            try {
                upload.put(part);
            } catch (MedusaException failed) {
                throw reading.failure(failed);
            }
        }

        @Override
        public Stored finish() {
            StoredObject stored;
            try {
                stored = upload.complete();
            } catch (MedusaException failed) {
                upload.abort();
                return withoutReplacing(reading, failed);
            }
            return reading.stored(stored);
        }

        @Override
        public void abort() {
            upload.abort();
        }
    }

    /** What is wrong with a file that is not uploaded: if it was read for comparing that tells, else an earlier backup does. */
    private @Nullable String damageOf(PlannedFile planned) {
        OptionalLong checksum = hashes.checksumOf(planned.file());
        return checksum.isPresent()
                ? DigestCheck.damage(planned.file(), checksum.getAsLong()).orElse(null)
                : planned.damage();
    }

    /** The copy inside the store; nothing if the original is gone or changed, so that the node's own file must do. */
    private Optional<Stored> copied(PlannedFile planned) {
        try {
            StoredObject copy = writer.copy(
                    Objects.requireNonNull(planned.copyFrom()), planned.file().size(), planned.key(), planned.when());
            ContentHash known = planned.hash();
            boolean changed = copy.size() != planned.file().size()
                    || (known != null
                            && planned.tag() == null
                            && copy.knownHash().filter(known::contradicts).isPresent());
            if (changed) {
                LOG.warn(
                        "Uploading {} instead of the changed {}", planned.file().path(), planned.copyFrom());
                return Optional.of(upload(new Reading(planned.replacing(copy))));
            }
            // a copy has a tag of its own where tags are no hashes
            String tag = copy.knownHash()
                    .filter(hash -> known != null && !hash.equals(known))
                    .map(ContentHash::toString)
                    .orElse(null);
            return Optional.of(new Stored(
                    planned,
                    entry(
                            planned,
                            copy.size(),
                            known != null ? known : copy.knownHash().orElse(null),
                            tag,
                            damageOf(planned))));
        } catch (MedusaException failed) {
            if (failed.kind() != FailureKind.STORAGE_UNAVAILABLE && failed.kind() != FailureKind.BUSY) {
                throw failed;
            }
            LOG.warn("Uploading {} instead: {}", planned.file().path(), failed.getMessage());
            return Optional.empty();
        }
    }

    private ManifestEntry entry(
            PlannedFile planned, long size, @Nullable ContentHash hash, @Nullable String tag, @Nullable String damage) {
        return new ManifestEntry(
                planned.key().value(),
                size,
                hash != null ? hash : hashes.knownOfFile(planned.file()).orElse(null),
                planned.file().modifiedNanos(),
                damage,
                tag,
                hash != null && hash.form() == ContentHash.Form.MULTIPART ? partSize(planned, size, hash, tag) : 0);
    }

    /** As an earlier backup recorded it, or a comparison has found out, or as the object has just been stored; 0 if none tells. */
    private long partSize(PlannedFile planned, long size, ContentHash hash, @Nullable String tag) {
        if (hash.equals(planned.hash())) {
            long known = planned.partSize() > 0 ? planned.partSize() : hashes.partSizeOf(planned.file());
            // a copy was made as we store objects, but then its own hash is the one only if it is the same
            if (known > 0 || planned.action() == PlannedFile.Action.REUSE || tag != null) {
                return known;
            }
        }
        long ours = writer.hashRule().partSize(size);
        return ours > 0 && HashRule.parts(size, ours) == hash.parts() ? ours : 0;
    }

    private static Done done(
            Set<TableDirectory> tables, List<Stored> stored, Map<TableDirectory, Set<String>> builtIndexes) {
        Map<TableDirectory, List<ManifestEntry>> sections = new TreeMap<>();
        tables.forEach(table -> sections.put(table, new ArrayList<>()));
        BackupCounts counts = BackupCounts.NONE;
        List<DamagedFile> damaged = new ArrayList<>();
        for (Stored file : stored) {
            SnapshotFile source = file.planned().file();
            sections.computeIfAbsent(source.table(), absent -> new ArrayList<>())
                    .add(file.entry());
            counts = counts.plus(file.planned().action(), file.entry().size());
            if (file.entry().damage() != null) {
                damaged.add(new DamagedFile(
                        source.table(), source.relativePath(), file.entry().damage()));
            }
        }
        return new Done(
                sections.entrySet().stream()
                        .map(section -> new ManifestSection(
                                section.getKey(),
                                section.getValue(),
                                Optional.ofNullable(builtIndexes.get(section.getKey()))))
                        .toList(),
                counts,
                damaged);
    }
}
