package io.medusa.backup;

import io.medusa.backup.PlannedFile.Action;
import io.medusa.cassandra.SnapshotDirectories;
import io.medusa.cassandra.SnapshotFile;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Component;
import io.medusa.model.ContentHash;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.TableDirectory;
import io.medusa.repository.BackupSession;
import io.medusa.repository.StoredFile;
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
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Uploads, copies and repairs the files of a plan, and collects the entries of the manifest. */
final class FileMover {
    private static final Logger LOG = LoggerFactory.getLogger(FileMover.class);

    private final BackupSession session;
    private final TransferPool transfers;
    private final UploadPlan plan;
    private final ContentHashes hashes;

    /** @param hashes the files and objects read so far */
    FileMover(BackupSession session, TransferPool transfers, UploadPlan plan, ContentHashes hashes) {
        this.session = session;
        this.transfers = transfers;
        this.plan = plan;
        this.hashes = hashes;
    }

    /** One file of the snapshot and its manifest entry. */
    private record Stored(PlannedFile planned, ManifestEntry entry) {}

    /** Executes the plan, which covers all files of these tables. */
    MovedFiles move(SnapshotTables tables) {
        List<PlannedFile> digests = new ArrayList<>();
        List<PlannedFile> others = new ArrayList<>();
        // digests first: if this run dies, they show the next one which data is already stored
        plan.files().forEach(file -> (file.file().component() == Component.DIGEST ? digests : others).add(file));
        List<Stored> stored = new ArrayList<>(move("Preparing", digests));
        stored.addAll(move("Uploading", others));
        return moved(tables, stored);
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

    /** A file that the store already has. */
    private Stored asItIs(PlannedFile file) {
        return new Stored(file, entry(file, file.file().size(), file.hash(), file.tag(), damageOf(file)));
    }

    private TransferJob<Stored> job(PlannedFile planned) {
        SnapshotFile file = planned.file();
        if (planned.action() == Action.COPY) {
            return TransferJob.whole(file.size(), () -> copied(planned).orElseGet(() -> upload(new Reading(planned))));
        }
        Reading reading = new Reading(planned);
        Optional<MultipartUpload> parts = session.multipart(planned.key(), reading.source, planned.when());
        return parts.isEmpty()
                ? TransferJob.whole(file.size(), () -> upload(reading))
                : new InParts(reading, parts.get());
    }

    /** A file that is being uploaded, with its checksum. */
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
            return reading.stored(session.put(reading.planned.key(), reading.source, reading.planned.when()));
        } catch (MedusaException failed) {
            return withoutReplacing(reading, failed);
        }
    }

    /**
     * Handles an object that has appeared or disappeared at the key meanwhile: by another writer, or by this one, whose request was
     * repeated after a lost response. Equal content is reused; other content is kept, and ours goes to another key.
     */
    private Stored withoutReplacing(Reading reading, MedusaException failed) {
        if (failed.kind() != FailureKind.BUSY) {
            throw reading.failure(failed);
        }
        PlannedFile planned = reading.planned;
        hashes.forget(planned.key());
        Optional<StoredObject> there = session.stat(planned.key());
        if (there.isPresent() && isSame(planned.file(), there.get())) {
            return asItIs(planned, there.get());
        }
        ObjectKey other = plan.keys().nextKey(planned.file(), planned.key());
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

    /** The damage of a file that is not uploaded: found while reading it for comparison, or recorded by an earlier backup. */
    private @Nullable String damageOf(PlannedFile planned) {
        OptionalLong checksum = hashes.checksumOf(planned.file());
        return checksum.isPresent()
                ? DigestCheck.damage(planned.file(), checksum.getAsLong()).orElse(null)
                : planned.damage();
    }

    /** Copies inside the store; empty if the original is missing or changed, so that the node's file must be uploaded. */
    private Optional<Stored> copied(PlannedFile planned) {
        try {
            StoredObject copy = session.copy(
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
            // if tags are not hashes, a copy has its own tag
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

    /** The part size recorded by an earlier backup, found by a comparison, or just used for the upload; 0 if unknown. */
    private long partSize(PlannedFile planned, long size, ContentHash hash, @Nullable String tag) {
        if (hash.equals(planned.hash())) {
            long known = planned.partSize() > 0 ? planned.partSize() : hashes.partSizeOf(planned.file());
            // a copy was made as we store objects, but then its own hash is the one only if it is the same
            if (known > 0 || planned.action() == PlannedFile.Action.REUSE || tag != null) {
                return known;
            }
        }
        long ours = session.hashRule().partSize(size);
        return ours > 0 && HashRule.parts(size, ours) == hash.parts() ? ours : 0;
    }

    private static MovedFiles moved(SnapshotTables tables, List<Stored> stored) {
        Map<TableDirectory, List<ManifestEntry>> sections = new TreeMap<>();
        tables.files().keySet().forEach(table -> sections.put(table, new ArrayList<>()));
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
        return new MovedFiles(
                sections.entrySet().stream()
                        .map(section -> new ManifestSection(
                                section.getKey(),
                                section.getValue(),
                                Optional.ofNullable(tables.builtIndexes().get(section.getKey()))))
                        .toList(),
                counts,
                damaged);
    }
}
