package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.Manifest;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.NodeBackup;
import io.medusa.model.ServerVersion;
import io.medusa.model.TableDirectory;
import io.medusa.model.TokenMap;
import io.medusa.repository.RepositoryLayout.DataFile;
import io.medusa.repository.RepositoryLayout.IndexKind;
import io.medusa.schema.BackupSchema;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.StoredObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One node's backup in the bucket, for reading. Schema, token map and server version are read once and remembered; the manifest, which
 * may be large, is read at each question. What the bucket holds is not trusted: keys and sizes of a manifest are checked before
 * anybody sees them. Thread-safe.
 */
public final class StoredBackup {
    private static final Logger LOG = LoggerFactory.getLogger(StoredBackup.class);

    private final Bucket bucket;
    private final RepositoryLayout layout;
    private final NodeBackup backup;
    private final Once<Readable<TokenMap>> tokenMap = new Once<>(this::readTokenMap);
    private final Once<BackupSchema> schema = new Once<>(this::readSchema);
    private final Once<ServerVersion> serverVersion = new Once<>(this::readServerVersion);

    StoredBackup(Bucket bucket, NodeBackup backup) {
        this.bucket = bucket;
        this.layout = bucket.layout();
        this.backup = backup;
    }

    /** Which backup it is. */
    public NodeBackup backup() {
        return backup;
    }

    /**
     * Keeps the backup, which is finished, from being deleted until the lease is closed.
     *
     * @throws MedusaException of kind BACKUP_UNKNOWN if it is being deleted
     */
    public ReadLease readLease() {
        return ReadLease.take(bucket, List.of(backup));
    }

    /** The whole manifest. Keys are under the node's own data, and no two objects go to the same file. */
    public Readable<Manifest> manifest() {
        return read(entries -> {
            Map<TableDirectory, Map<String, ManifestEntry>> files = new LinkedHashMap<>();
            Map<TableDirectory, Set<String>> builtIndexes = new HashMap<>();
            for (var section = entries.nextSection(); section.isPresent(); section = entries.nextSection()) {
                TableDirectory table = section.get().table();
                // a table that is in two data directories may have two sections
                Map<String, ManifestEntry> byPlace = files.computeIfAbsent(table, absent -> new LinkedHashMap<>());
                section.get().builtIndexes().ifPresent(built -> builtIndexes.put(table, built));
                entries.nextEntries(entry -> {
                    String place = dataFile(table, entry).relativePath();
                    if (byPlace.put(place, entry) != null) {
                        throw twice(table, place);
                    }
                });
            }
            if (entries.areEncrypted()) {
                throw new MedusaException(
                        FailureKind.REFUSED,
                        "backup " + backup.name() + " of node " + backup.node()
                                + " has files that were encrypted before they were uploaded (source_MD5 in "
                                + manifestKey() + "), and this version cannot decrypt them. Restore it with the program"
                                + " that made it, and its key");
            }
            List<ManifestSection> sections = new ArrayList<>();
            files.forEach((table, byPlace) -> sections.add(new ManifestSection(
                    table, List.copyOf(byPlace.values()), Optional.ofNullable(builtIndexes.get(table)))));
            return new Manifest(sections, entries.scope());
        });
    }

    private MedusaException twice(TableDirectory table, String place) {
        return Damage.of(manifestKey(), "two objects of " + table + " go to the same file " + place, null);
    }

    /**
     * The manifest's entries, one at a time; the caller closes them.
     *
     * @throws MedusaException of kind BACKUP_DAMAGED if the manifest is missing
     */
    public ManifestEntries entries() {
        return entries(manifestKey());
    }

    private ManifestEntries entries(ObjectKey key) {
        return new ManifestEntries(
                key,
                bucket.storage().open(key).orElseThrow(() -> Damage.missing(key)),
                bucket.storage().hashRule());
    }

    /** Reads the manifest's entries, and closes them. */
    public <T> Readable<T> read(Function<ManifestEntries, T> reader) {
        return read(manifestKey(), reader);
    }

    /**
     * Reads the index's copy of a manifest that is missing, and closes it.
     *
     * @return nothing if there is no copy either
     */
    <T> Optional<Readable<T>> readIndexed(Function<ManifestEntries, T> reader) {
        return bucket.storage().stat(indexedManifestKey()).map(copy -> read(copy.key(), reader));
    }

    private <T> Readable<T> read(ObjectKey key, Function<ManifestEntries, T> reader) {
        return Readable.of(key, () -> {
            try (ManifestEntries entries = entries(key)) {
                return reader.apply(entries);
            }
        });
    }

    /** Totals of the manifest. */
    public Readable<BackupStats> stats() {
        return read(entries -> {
            long[] totals = new long[2];
            List<ManifestEntry> damaged = new ArrayList<>();
            entries.forEach((table, entry) -> {
                totals[0] += entry.size();
                totals[1]++;
                if (entry.damage() != null) {
                    damaged.add(entry);
                }
            });
            return new BackupStats(totals[0], Math.toIntExact(totals[1]), entries.scope(), damaged);
        });
    }

    /** The ring at the time of the backup. */
    public Readable<TokenMap> tokenMap() {
        return tokenMap.get();
    }

    private Readable<TokenMap> readTokenMap() {
        return tokenMap(bucket, meta(RepositoryLayout.TOKEN_MAP));
    }

    static Readable<TokenMap> tokenMap(Bucket bucket, ObjectKey key) {
        return Readable.of(key, () -> {
            String text = bucket.readText(key).orElseThrow(() -> Damage.missing(key));
            try {
                return TokenMapJson.read(text);
            } catch (IOException | MedusaException unreadable) {
                throw Damage.of(key, unreadable);
            }
        });
    }

    /** Whether it covers all tables, as far as its token map can be read. */
    public boolean isWhole() {
        return !(tokenMap() instanceof Readable.Intact<TokenMap> intact)
                || intact.value().scope().isAll();
    }

    /** The schema, with ids and dropped columns where the backup has them; empty if there is none. */
    public BackupSchema schema() {
        return schema.get();
    }

    private BackupSchema readSchema() {
        return BackupSchema.parse(metaText(RepositoryLayout.FULL_SCHEMA)
                .or(() -> metaText(RepositoryLayout.SCHEMA))
                .orElse(""));
    }

    /**
     * Refuses to restore a backup whose manifest names no tables although its schema defines some: a manifest names every table, also
     * those without data.
     *
     * @param namesTables whether the manifest names any
     * @throws MedusaException of kind BACKUP_DAMAGED
     */
    public void checkNamesTables(boolean namesTables) {
        if (!namesTables && !schema().statements().isEmpty()) {
            throw new MedusaException(
                    FailureKind.BACKUP_DAMAGED,
                    manifestKey()
                            + " names no tables, although the schema of the backup defines some. Nothing was changed."
                            + " Choose another backup: medusa verify --all shows which are whole");
        }
    }

    /** The server that wrote the data; unknown for old backups. */
    public ServerVersion serverVersion() {
        return serverVersion.get();
    }

    private ServerVersion readServerVersion() {
        return metaText(RepositoryLayout.SERVER_VERSION)
                .map(TokenMapJson::readVersion)
                .orElse(ServerVersion.UNKNOWN);
    }

    /** The snapshot that the backup, finished or not, was made from, if that is recorded. */
    public Optional<BackupSnapshot> snapshot() {
        return metaText(RepositoryLayout.SNAPSHOT).flatMap(SnapshotJson::read);
    }

    /** The text of a meta object, such as {@code schema.cql}. */
    public Optional<String> metaText(String file) {
        return bucket.readText(meta(file));
    }

    private ObjectKey meta(String file) {
        return layout.meta(backup.node(), backup.name(), file);
    }

    /** The key of the manifest. */
    public ObjectKey manifestKey() {
        return meta(RepositoryLayout.MANIFEST);
    }

    private ObjectKey indexedManifestKey() {
        return layout.index(backup.name(), IndexKind.MANIFEST, backup.node());
    }

    /** The meta objects that a restore needs and that are missing. */
    public List<ObjectKey> missingMeta() {
        Set<String> there = new HashSet<>();
        try (Stream<StoredObject> objects = bucket.storage().list(layout.metaPrefix(backup.node(), backup.name()))) {
            objects.forEach(object -> there.add(object.key().fileName()));
        }
        return Stream.of(RepositoryLayout.SCHEMA, RepositoryLayout.TOKEN_MAP)
                .filter(file -> !there.contains(file))
                .map(this::meta)
                .toList();
    }

    /**
     * The meta objects that a restore needs and that cannot be read; those that are missing may be among them.
     *
     * @param hasUserTables whether the manifest names tables of which the schema must define some
     */
    public List<Readable.Damaged<?>> unreadableMeta(boolean hasUserTables) {
        List<Readable.Damaged<?>> damaged = new ArrayList<>();
        tokenMap().damage().ifPresent(damaged::add);
        for (String file : List.of(RepositoryLayout.SCHEMA, RepositoryLayout.FULL_SCHEMA)) {
            ObjectKey key = meta(file);
            Readable.of(key, () -> {
                        Optional<String> text = metaText(file);
                        if (text.isPresent()
                                && (hasUserTables || !text.get().isBlank())
                                && BackupSchema.parse(text.get()).statements().isEmpty()) {
                            throw Damage.of(key, "it defines no keyspaces and no tables", null);
                        }
                        return true;
                    })
                    .damage()
                    .ifPresent(damaged::add);
        }
        return damaged;
    }

    /** Whether it was deleted: neither its manifest nor the index's copy exists. */
    public boolean isGone() {
        return bucket.storage().stat(manifestKey()).isEmpty()
                && bucket.storage().stat(indexedManifestKey()).isEmpty();
    }

    /**
     * Why the manifest of a finished backup cannot be trusted: it and its copy in the index are written with the same bytes, so one of
     * them is damaged if they differ. Empty if one of them is missing, or if the copy is not a manifest at all while the backup's own is
     * one: a power failure may leave such a copy, which is ignored until the index is rebuilt.
     */
    public Optional<String> contradictsIndex() {
        Optional<StoredObject> own = bucket.storage().stat(manifestKey());
        Optional<StoredObject> copy = bucket.storage().stat(indexedManifestKey());
        if (own.isEmpty() || copy.isEmpty() || own.get().isSameAs(copy.get())) {
            return Optional.empty();
        }
        if (!isManifest(copy.get().key()) && isManifest(own.get().key())) {
            LOG.warn(
                    "{} cannot be read. Rewrite it with medusa build-index",
                    copy.get().key());
            return Optional.empty();
        }
        return Optional.of("backup " + backup.name() + " of node " + backup.node() + " has two manifests that differ: "
                + own.get().key() + ", " + own.get().size() + " bytes, and "
                + copy.get().key() + ", " + copy.get().size()
                + " bytes. One of them is damaged: replace it with the other");
    }

    private boolean isManifest(ObjectKey key) {
        return read(key, entries -> {
                    entries.forEach((table, entry) -> {});
                    return true;
                })
                .orElse(damaged -> false);
    }

    /**
     * The file that an entry of the manifest names.
     *
     * @throws MedusaException of kind BACKUP_DAMAGED if its key is not that of a data file of this node and table
     */
    public DataFile dataFile(TableDirectory table, ManifestEntry entry) {
        return layout.parseData(entry.key())
                .filter(file -> file.node().equals(backup.node())
                        && file.table().equals(table)
                        && file.backup().orElse(backup.name()).equals(backup.name()))
                .orElseThrow(() -> Damage.of(
                        manifestKey(),
                        "the object " + entry.key() + " is not a data file of " + table + " of node " + backup.node(),
                        null));
    }

    /**
     * Makes sure that an entry is a data file of this node and table, and the only one at its place.
     *
     * @param places seen so far; grows
     * @throws MedusaException of kind BACKUP_DAMAGED if not
     */
    public void checkEntry(TableDirectory table, ManifestEntry entry, Fingerprints places) {
        String place = dataFile(table, entry).relativePath();
        int before = places.size();
        places.add(table + "/" + place);
        if (places.size() == before) {
            throw twice(table, place);
        }
    }

    /** The prefix of the backup's data: its own directory or the node's pool. */
    public String dataPrefix() {
        return layout.dataPrefix(backup.node(), backup.name(), backup.mode());
    }

    /** Passes on all objects under {@link #dataPrefix}, one at a time, in no particular order. */
    public void listData(Consumer<StoredObject> consumer) {
        bucket.listAll(dataPrefix(), consumer);
    }
}
