package io.medusa.repository;

import io.medusa.model.BackupMode;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.RepositoryLayout.IndexKind;
import io.medusa.repository.RepositoryLayout.NodeAndName;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Derives the index from the meta objects of the finished backups; time stamps that are there already are kept. */
public final class IndexBuilder {
    private final ObjectStorage storage;
    private final BackupRepository repository;
    private final RepositoryLayout layout;

    /** The storage stays the caller's to close. */
    public IndexBuilder(ObjectStorage storage, BackupRepository repository) {
        this.storage = storage;
        this.repository = repository;
        this.layout = repository.layout();
    }

    /** The meta objects of one node backup that matter here. */
    private static final class Found {
        private final Map<String, Instant> modified = new HashMap<>();
    }

    /**
     * Writes what the index lacks.
     *
     * @param onlyLook whether nothing is written
     * @return the finished node backups, by start
     */
    public List<NodeBackup> rebuild(boolean onlyLook) {
        List<NodeBackup> finished = finishedBackups();
        if (!onlyLook) {
            Set<String> stamped = stampedAlready();
            finished.forEach(backup -> index(backup, stamped));
            newestByNode(finished.stream().filter(repository::isWhole).toList())
                    .values()
                    .forEach(this::markLatest);
        }
        return finished;
    }

    /** Adds one finished backup to the index, as the latest of its node. */
    void add(NodeBackup backup) {
        index(backup, stampedAlready());
        if (repository.isWhole(backup)) {
            markLatest(backup);
        }
    }

    private List<NodeBackup> finishedBackups() {
        Map<NodeAndName, Found> found = new LinkedHashMap<>();
        try (Stream<StoredObject> objects = storage.list(layout.everythingPrefix())) {
            objects.forEach(object -> {
                String file = object.key().fileName();
                layout.parseMeta(object.key().value(), file)
                        .ifPresent(backup -> found.computeIfAbsent(backup, absent -> new Found())
                                .modified
                                .put(file, object.modified()));
            });
        }
        List<NodeBackup> finished = new ArrayList<>();
        found.forEach((backup, files) -> {
            Instant started = files.modified.get(RepositoryLayout.SCHEMA);
            Instant ended = files.modified.get(RepositoryLayout.MANIFEST);
            if (started != null && ended != null && files.modified.containsKey(RepositoryLayout.TOKEN_MAP)) {
                boolean differential =
                        RepositoryLayout.DIFFERENTIAL_MARKERS.stream().anyMatch(files.modified::containsKey);
                finished.add(new NodeBackup(
                        backup.node(),
                        backup.name(),
                        differential ? BackupMode.DIFFERENTIAL : BackupMode.FULL,
                        started,
                        ended));
            }
        });
        finished.sort(Comparator.comparing(NodeBackup::started));
        return finished;
    }

    /** Kind, name and node of every time stamp that the index has. */
    private Set<String> stampedAlready() {
        Set<String> stamped = new HashSet<>();
        try (Stream<StoredObject> objects = storage.list(layout.indexPrefix(Optional.empty()))) {
            objects.forEach(object -> layout.parseIndex(object.key().value())
                    .filter(entry -> entry.epoch().isPresent())
                    .ifPresent(entry -> stamped.add(entry.kind() + "/" + entry.name() + "/" + entry.node())));
        }
        return stamped;
    }

    private void index(NodeBackup backup, Set<String> stamped) {
        copy(backup, RepositoryLayout.TOKEN_MAP, IndexKind.TOKENMAP);
        copy(backup, RepositoryLayout.SCHEMA, IndexKind.SCHEMA);
        stamp(backup, IndexKind.STARTED, backup.started(), stamped);
        if (backup.mode() == BackupMode.DIFFERENTIAL) {
            put(
                    layout.index(backup.name(), IndexKind.DIFFERENTIAL, backup.node()),
                    backup.mode().word());
        }
        copy(backup, RepositoryLayout.MANIFEST, IndexKind.MANIFEST);
        stamp(backup, IndexKind.FINISHED, backup.finished().orElseThrow(), stamped);
    }

    private void copy(NodeBackup backup, String file, IndexKind kind) {
        storage.copy(layout.meta(backup.node(), backup.name(), file), layout.index(backup.name(), kind, backup.node()));
    }

    private void stamp(NodeBackup backup, IndexKind kind, Instant time, Set<String> stamped) {
        if (!stamped.contains(kind + "/" + backup.name() + "/" + backup.node())) {
            put(layout.indexTime(backup.name(), kind, backup.node(), time), String.valueOf(time.getEpochSecond()));
        }
    }

    private static Map<NodeName, NodeBackup> newestByNode(List<NodeBackup> byStart) {
        Map<NodeName, NodeBackup> newest = new HashMap<>();
        byStart.forEach(backup -> newest.put(backup.node(), backup));
        return newest;
    }

    private void markLatest(NodeBackup backup) {
        repository
                .metaText(backup, RepositoryLayout.TOKEN_MAP)
                .ifPresent(text -> put(layout.latest(backup.node(), RepositoryLayout.TOKEN_MAP), text));
        put(layout.latest(backup.node(), "backup_name.txt"), backup.name().value());
    }

    private void put(ObjectKey key, String text) {
        storage.put(key, ObjectSource.OfBytes.utf8(text));
    }
}
