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
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
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
    private final ContentHashes hashes;

    SnapshotUpload(BackupWriter writer, TransferPool transfers, boolean hashEverything) {
        this.writer = writer;
        this.transfers = transfers;
        this.hashEverything = hashEverything;
        this.hashes = new ContentHashes(writer);
    }

    /** What was done. */
    record Done(List<ManifestSection> sections, BackupCounts counts) {}

    /** One file of the snapshot as the manifest will name it. */
    private record Stored(PlannedFile planned, ManifestEntry entry) {}

    Done run(Begun backup, Snapshot snapshot, NodeDescription description, Supplier<NodeDescription> describeAgain) {
        Map<TableDirectory, List<SnapshotFile>> tables = snapshot.files();
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

    /** A snapshot that leaves out a table would be restored without it, and nobody would know. */
    private static void checkComplete(
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

    private static Set<TableDirectory> missing(Set<TableDirectory> present, NodeDescription description) {
        Set<TableDirectory> missing = new TreeSet<>(description.tables());
        missing.removeIf(table -> table.keyspace().equals(TRACES) || present.contains(table));
        return missing;
    }

    private List<PlannedFile> plan(Begun backup, Map<TableDirectory, List<SnapshotFile>> tables) {
        Set<StoredFiles.Place> places = new HashSet<>();
        tables.forEach((table, files) ->
                files.forEach(file -> addOnce(places, new StoredFiles.Place(table, file.relativePath()))));
        StoredFiles storedFiles = writer.storedFiles(backup, places::contains);
        Comparison comparison = new Comparison(hashEverything, hashes::ofFile, hashes::ofObject);
        UploadPlan plan = new UploadPlan(backup, writer.layout(), storedFiles, comparison);
        List<SourceFiles> sources = SourceFiles.of(tables);
        List<PlannedFile> planned = transfers.mapAll("Comparing", sources, SourceFiles::size, plan::plan).stream()
                .flatMap(List::stream)
                .toList();
        if (backup.mode() == BackupMode.FULL) {
            discardStale(backup, planned, storedFiles);
        }
        return planned;
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
                file -> stored.add(new Stored(file, entry(file, file.file().size(), file.hash()))));
        stored.addAll(transfers.mapAll("Uploading", toMove, file -> file.file().size(), this::move));
        return stored;
    }

    private Stored move(PlannedFile planned) {
        SnapshotFile file = planned.file();
        if (planned.action() == Action.COPY) {
            Optional<StoredObject> copied = copied(planned);
            if (copied.isPresent()) {
                return new Stored(planned, entry(planned, file.size(), planned.hash()));
            }
        }
        try {
            StoredObject uploaded = writer.upload(planned.key(), new ObjectSource.OfFile(file.path(), file.size()));
            return new Stored(planned, entry(planned, uploaded.size(), uploaded.hash()));
        } catch (MedusaException failed) {
            if (failed.getCause() instanceof NoSuchFileException missing
                    && file.path().toString().equals(missing.getFile())) {
                throw SnapshotDirectories.vanished(file.path(), missing);
            }
            throw failed;
        }
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

    private ManifestEntry entry(PlannedFile planned, long size, @org.jspecify.annotations.Nullable ContentHash hash) {
        return new ManifestEntry(
                planned.key().value(),
                size,
                hash != null ? hash : hashes.knownOfFile(planned.file()).orElse(null),
                planned.file().modifiedNanos());
    }

    private static Done done(Set<TableDirectory> tables, List<Stored> stored) {
        Map<TableDirectory, List<ManifestEntry>> sections = new TreeMap<>();
        tables.forEach(table -> sections.put(table, new ArrayList<>()));
        Tally uploaded = new Tally();
        Tally kept = new Tally();
        Tally copied = new Tally();
        Tally repaired = new Tally();
        for (Stored file : stored) {
            sections.computeIfAbsent(file.planned().file().table(), absent -> new ArrayList<>())
                    .add(file.entry());
            switch (file.planned().action()) {
                case UPLOAD -> uploaded.add(file.entry());
                case REPAIR -> {
                    uploaded.add(file.entry());
                    repaired.add(file.entry());
                }
                case COPY -> copied.add(file.entry());
                case REUSE -> kept.add(file.entry());
            }
        }
        return new Done(
                sections.entrySet().stream()
                        .map(section -> new ManifestSection(section.getKey(), section.getValue()))
                        .toList(),
                new BackupCounts(
                        uploaded.files,
                        uploaded.bytes,
                        kept.files,
                        kept.bytes,
                        copied.files,
                        copied.bytes,
                        repaired.files));
    }

    /** Files and bytes of one kind. */
    private static final class Tally {
        private int files;
        private long bytes;

        void add(ManifestEntry entry) {
            files++;
            bytes += entry.size();
        }
    }
}
