package io.medusa.backup;

import io.medusa.backup.PlannedFile.Action;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.Snapshot;
import io.medusa.cassandra.SnapshotDirectories;
import io.medusa.cassandra.SnapshotFile;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.ContentHash;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableScope;
import io.medusa.repository.BackupWriter;
import io.medusa.repository.BackupWriter.Begun;
import io.medusa.repository.StoredFiles;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.TransferPool;
import java.nio.file.NoSuchFileException;
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
import java.util.function.Supplier;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings a snapshot into the store: plans, moves what is missing, and says what the manifest has to name. */
final class SnapshotUpload {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotUpload.class);
    /** Not backed up, so not missed. */
    private static final String TRACES = "system_traces";

    private final BackupWriter writer;
    private final TransferPool transfers;
    private final boolean hashEverything;
    private final TableScope scope;
    private final ContentHashes hashes;

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

    Done run(Begun backup, Snapshot snapshot, NodeDescription description, Supplier<NodeDescription> describeAgain) {
        Map<TableDirectory, List<SnapshotFile>> tables = inScope(snapshot.files());
        checkComplete(snapshot, tables.keySet(), description, describeAgain);
        List<PlannedFile> planned = plan(backup, tables);
        List<PlannedFile> digests = new ArrayList<>();
        List<PlannedFile> others = new ArrayList<>();
        // digests first: a run that dies leaves behind what tells the next one which data is already there
        planned.forEach(file -> (SourceFiles.isDigest(file.file()) ? digests : others).add(file));
        List<Stored> stored = new ArrayList<>(move(digests));
        stored.addAll(move(others));
        return done(tables.keySet(), stored);
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
        for (PlannedFile file : planned(backup, tables, stored(backup, tables))) {
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
    private void checkComplete(
            Snapshot snapshot,
            Set<TableDirectory> present,
            NodeDescription description,
            Supplier<NodeDescription> describeAgain) {
        if (present.isEmpty()) {
            throw new MedusaException(
                    FailureKind.SNAPSHOT_MISSING,
                    "snapshot " + snapshot.tag() + " holds no table; nothing was backed up");
        }
        Set<TableDirectory> missing = missing(present, description);
        if (!missing.isEmpty()) {
            // dropped meanwhile?
            missing.retainAll(missing(present, describeAgain.get()));
        }
        if (missing.isEmpty()) {
            return;
        }
        if (snapshot.isFresh()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "snapshot " + snapshot.tag() + " lacks " + missing.size() + " tables of the schema, such as "
                            + missing.iterator().next()
                            + "; does config_file in [cassandra] name all data directories of this node?");
        }
        LOG.warn(
                "Snapshot {} was made earlier and lacks {} tables that exist now: {}",
                snapshot.tag(),
                missing.size(),
                missing);
    }

    private Set<TableDirectory> missing(Set<TableDirectory> present, NodeDescription description) {
        Set<TableDirectory> missing = new TreeSet<>(description.tables());
        missing.removeIf(table -> table.keyspace().equals(TRACES) || present.contains(table) || !scope.includes(table));
        return missing;
    }

    private List<PlannedFile> plan(Begun backup, Map<TableDirectory, List<SnapshotFile>> tables) {
        StoredFiles storedFiles = stored(backup, tables);
        List<PlannedFile> planned = planned(backup, tables, storedFiles);
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
            Begun backup, Map<TableDirectory, List<SnapshotFile>> tables, StoredFiles storedFiles) {
        Comparison comparison = new Comparison(hashEverything, hashes::ofFile, hashes::ofObject);
        UploadPlan plan = new UploadPlan(backup, writer.layout(), storedFiles, comparison);
        List<SourceFiles> sources = SourceFiles.of(tables);
        return transfers.mapAll("Comparing", sources, SourceFiles::size, plan::plan).stream()
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

    private List<Stored> move(List<PlannedFile> planned) {
        List<PlannedFile> inPlace =
                planned.stream().filter(file -> file.action() == Action.REUSE).toList();
        List<PlannedFile> toMove =
                planned.stream().filter(file -> file.action() != Action.REUSE).toList();
        List<Stored> stored = new ArrayList<>(planned.size());
        inPlace.forEach(
                file -> stored.add(new Stored(file, entry(file, file.file().size(), file.hash(), damageOf(file)))));
        stored.addAll(transfers.mapAll("Uploading", toMove, file -> file.file().size(), this::move));
        return stored;
    }

    private Stored move(PlannedFile planned) {
        SnapshotFile file = planned.file();
        if (planned.action() == Action.COPY) {
            Optional<StoredObject> copied = copied(planned);
            if (copied.isPresent()) {
                return new Stored(planned, entry(planned, file.size(), planned.hash(), damageOf(planned)));
            }
        }
        try {
            ObjectSource source = new ObjectSource.OfFile(file.path(), file.size());
            String damage = null;
            StoredObject uploaded;
            if (DigestCheck.applies(file)) {
                CRC32 checksum = new CRC32();
                uploaded = writer.upload(planned.key(), new ObjectSource.Checksummed(source, checksum));
                damage = DigestCheck.damage(file, checksum.getValue()).orElse(null);
            } else {
                uploaded = writer.upload(planned.key(), source);
            }
            return new Stored(planned, entry(planned, uploaded.size(), uploaded.hash(), damage));
        } catch (MedusaException failed) {
            if (failed.getCause() instanceof NoSuchFileException missing
                    && file.path().toString().equals(missing.getFile())) {
                throw SnapshotDirectories.vanished(file.path(), missing);
            }
            throw failed;
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
    private Optional<StoredObject> copied(PlannedFile planned) {
        try {
            StoredObject copy = writer.copy(Objects.requireNonNull(planned.copyFrom()), planned.key());
            return copy.size() == planned.file().size() ? Optional.of(copy) : Optional.empty();
        } catch (MedusaException failed) {
            if (failed.kind() != FailureKind.STORAGE_UNAVAILABLE) {
                throw failed;
            }
            LOG.warn("Uploading {} instead: {}", planned.file().path(), failed.getMessage());
            return Optional.empty();
        }
    }

    private ManifestEntry entry(PlannedFile planned, long size, @Nullable ContentHash hash, @Nullable String damage) {
        return new ManifestEntry(
                planned.key().value(),
                size,
                hash != null ? hash : hashes.knownOfFile(planned.file()).orElse(null),
                planned.file().modifiedNanos(),
                damage);
    }

    private static Done done(Set<TableDirectory> tables, List<Stored> stored) {
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
                        .map(section -> new ManifestSection(section.getKey(), section.getValue()))
                        .toList(),
                counts,
                damaged);
    }
}
