package io.medusa.verify;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.ContentHash;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.repository.BackupRepository;
import io.medusa.storage.ContentHasher;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.TransferPool;
import io.medusa.verify.Finding.Kind;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares all node backups of a name with what the storage holds (compat.md 17.3). Reads only. */
public final class VerifyBackup {
    private static final Logger LOG = LoggerFactory.getLogger(VerifyBackup.class);

    private final BackupRepository repository;
    private final TransferPool transfers;

    /** Both stay the caller's to close. */
    public VerifyBackup(BackupRepository repository, TransferPool transfers) {
        this.repository = repository;
        this.transfers = transfers;
    }

    /**
     * What to compare.
     *
     * @param readContent whether objects are read and hashed where the manifest knows a hash
     */
    public record Request(BackupName name, boolean readContent) {}

    /**
     * What was found.
     *
     * @param findings empty if everything is as it should be, or if the backup is not complete and nothing was compared
     * @param damaged objects that are as the manifest says, but whose source files were damaged already
     */
    public record Result(
            ClusterBackup backup, List<Finding> findings, List<ManifestEntry> damaged, int objects, long bytes) {
        /** Whether the whole ring has finished. */
        public boolean isComplete() {
            return backup.isComplete();
        }

        /** Whether it can be restored as far as this comparison tells. */
        public boolean isGood() {
            return isComplete() && findings.isEmpty();
        }
    }

    /**
     * Compares.
     *
     * @throws MedusaException of kind BACKUP_UNKNOWN if there is no such backup
     */
    public Result run(Request request) {
        ClusterBackup backup = repository
                .findClusterBackup(request.name())
                .orElseThrow(() -> new MedusaException(
                        FailureKind.BACKUP_UNKNOWN,
                        "No such backup: " + request.name() + " in " + repository.describe()
                                + "; medusa list-backups shows what there is"));
        List<Finding> findings = new ArrayList<>();
        List<ManifestEntry> damaged = new ArrayList<>();
        long[] totals = new long[2];
        if (backup.isComplete()) {
            for (NodeBackup node : backup.nodeBackups()) {
                verify(node, request.readContent(), findings, damaged, totals);
            }
        }
        return new Result(backup, findings, damaged, (int) totals[0], totals[1]);
    }

    private void verify(
            NodeBackup node, boolean readContent, List<Finding> findings, List<ManifestEntry> damaged, long[] totals) {
        if (!node.isFinished()) {
            return;
        }
        Map<String, ManifestEntry> expected = new TreeMap<>();
        try {
            repository.manifest(node).sections().forEach(section -> section.objects()
                    .forEach(entry -> expected.put(entry.key(), entry)));
        } catch (MedusaException unreadable) {
            if (unreadable.kind() != FailureKind.BACKUP_DAMAGED) {
                throw unreadable;
            }
            LOG.error("{}", unreadable.getMessage());
            findings.add(
                    new Finding(node.node(), node.node() + "/" + node.name() + "/meta/manifest.json", Kind.UNREADABLE));
            return;
        }
        expected.values().stream().filter(entry -> entry.damage() != null).forEach(damaged::add);
        totals[0] += expected.size();
        totals[1] += expected.values().stream().mapToLong(ManifestEntry::size).sum();
        List<ManifestEntry> toRead = new ArrayList<>();
        Map<String, ManifestEntry> unseen = new TreeMap<>(expected);
        try (Stream<StoredObject> objects = repository.listData(node)) {
            objects.forEach(object -> {
                ManifestEntry entry = unseen.remove(object.key().value());
                if (entry != null) {
                    compare(node, entry, object, readContent, findings).ifPresent(toRead::add);
                } else if (node.mode() == BackupMode.FULL
                        && !isStatistics(object.key().value())) {
                    findings.add(new Finding(node.node(), object.key().value(), Kind.NOT_IN_MANIFEST));
                }
            });
        }
        unseen.keySet().forEach(key -> findings.add(new Finding(node.node(), key, Kind.MISSING)));
        if (readContent) {
            transfers
                    .mapAll("Verifying", toRead, ManifestEntry::size, this::contentDiffers)
                    .forEach(differing -> differing.ifPresent(entry -> report(node, entry, true, findings)));
        }
    }

    /** Compares what the listing tells; gives the entry back if its content is still worth reading. */
    private static Optional<ManifestEntry> compare(
            NodeBackup node, ManifestEntry entry, StoredObject object, boolean byContent, List<Finding> findings) {
        boolean differs = entry.size() != object.size()
                || entry.knownHash()
                        .flatMap(hash -> object.knownHash().filter(hash::contradicts))
                        .isPresent();
        if (!differs) {
            return object.knownHash().isPresent() || entry.knownHash().isEmpty()
                    ? Optional.empty()
                    : Optional.of(entry);
        }
        report(node, entry, byContent, findings);
        return Optional.empty();
    }

    /**
     * Reports an object that differs. Components that Cassandra rewrites are only warned of, as scripts expect, unless
     * contents are compared: no writer of ours stores them twice under one key.
     */
    private static void report(NodeBackup node, ManifestEntry entry, boolean byContent, List<Finding> findings) {
        if (entry.isRewrittenByCassandra() && (!byContent || entry.mayHaveBeenRewritten())) {
            LOG.warn(
                    "{} differs from the manifest; Cassandra rewrites this component by itself, so it is no error",
                    entry.key());
            return;
        }
        LOG.error(
                "{} differs from the manifest, which expects {} bytes, MD5 {}",
                entry.key(),
                entry.size(),
                entry.hash());
        findings.add(new Finding(node.node(), entry.key(), Kind.DIFFERENT));
    }

    private static boolean isStatistics(String key) {
        return key.contains("-Statistics.db");
    }

    private Optional<ManifestEntry> contentDiffers(ManifestEntry entry) {
        Optional<InputStream> content = repository.openData(new ObjectKey(entry.key()));
        if (content.isEmpty()) {
            return Optional.of(entry);
        }
        try (InputStream in = content.get()) {
            ContentHash found = ContentHasher.of(in, entry.size());
            return entry.knownHash().filter(found::contradicts).map(hash -> entry);
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + entry.key(), failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }
}
