package io.medusa.repository;

import io.medusa.cassandra.SSTableHeader;
import io.medusa.cassandra.SSTableKeys;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupFile;
import io.medusa.model.Component;
import io.medusa.model.ContentHash;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.SSTable;
import io.medusa.model.TableDirectory;
import io.medusa.storage.ObjectKey;
import io.medusa.transfer.TransferPool;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads what the SSTables of backups say of their tables, by small reads; equal objects are read once. */
public final class SSTableHeaders {
    private static final int LONGEST = 16 << 20;

    private final BackupCatalog catalog;
    private final TransferPool transfers;
    private final Map<TableDirectory, List<Statistics>> wanted = new LinkedHashMap<>();
    private final Set<String> seen = new HashSet<>();

    private record Statistics(TableDirectory table, String sstable, ManifestEntry entry) {}

    /** The caller closes the pool. */
    public SSTableHeaders(BackupCatalog catalog, TransferPool transfers) {
        this.catalog = catalog;
        this.transfers = transfers;
    }

    /** Those of all SSTables of these tables. */
    public Map<TableDirectory, Set<SSTableHeader>> of(StoredBackup backup, Collection<ManifestSection> sections) {
        for (ManifestSection section : sections) {
            SSTable.group(section.objects().stream()
                            .map(entry ->
                                    backup.dataFile(section.table(), entry).of(entry))
                            .toList())
                    .forEach(this::add);
        }
        return read();
    }

    /** Notes the statistics of an SSTable, to be read by {@link #read}; those of secondary indexes are left out. */
    public void add(SSTable<BackupFile> sstable) {
        if (sstable.isOfTable()) {
            sstable.find(Component.STATISTICS).ifPresent(file -> add(sstable, file.entry()));
        }
    }

    private void add(SSTable<BackupFile> sstable, ManifestEntry entry) {
        String content = entry.knownHash().map(ContentHash::toString).orElse(entry.key());
        if (seen.add(sstable.table() + " " + sstable.name() + " " + entry.size() + " " + content)) {
            wanted.computeIfAbsent(sstable.table(), absent -> new ArrayList<>())
                    .add(new Statistics(sstable.table(), sstable.name(), entry));
        }
    }

    /**
     * Reads what was noted, by table; of SSTables of the same definition, one header with the oldest write of all.
     *
     * @throws MedusaException of kind BACKUP_DAMAGED if any cannot be read
     */
    public Map<TableDirectory, Set<SSTableHeader>> read() {
        List<Statistics> all =
                wanted.values().stream().flatMap(Collection::stream).toList();
        List<SSTableHeader> headers = transfers.mapAll("Looking", all, statistics -> 0L, this::read);
        Map<TableDirectory, Map<SSTableHeader, Long>> oldest = new HashMap<>();
        for (int i = 0; i < all.size(); i++) {
            SSTableHeader header = headers.get(i);
            oldest.computeIfAbsent(all.get(i).table(), absent -> new HashMap<>())
                    .merge(header.withOldest(0), header.oldestMicros(), Math::min);
        }
        Map<TableDirectory, Set<SSTableHeader>> byTable = new HashMap<>();
        oldest.forEach((table, alike) -> byTable.put(
                table,
                alike.entrySet().stream()
                        .map(header -> header.getKey().withOldest(header.getValue()))
                        .collect(Collectors.toSet())));
        return byTable;
    }

    private SSTableHeader read(Statistics statistics) {
        ManifestEntry entry = statistics.entry();
        try {
            if (entry.mayHaveBeenRewritten()) {
                byte[] now = whole(entry);
                return SSTableHeader.read(
                        statistics.sstable(),
                        now.length,
                        (offset, length) -> new ByteArrayInputStream(now, (int) offset, (int) length));
            }
            SSTableKeys.Source source = (offset, length) -> open(entry, offset, length);
            return SSTableHeader.read(statistics.sstable(), entry.size(), source);
        } catch (IOException unreadable) {
            throw new MedusaException(
                    FailureKind.BACKUP_DAMAGED,
                    "the object " + entry.key() + " cannot be read: "
                            + (unreadable.getMessage() == null ? "it ends too early" : unreadable.getMessage())
                            + ". Nothing was changed. Choose another backup",
                    unreadable);
        }
    }

    private InputStream open(ManifestEntry entry, long offset, long length) throws IOException {
        return catalog.openData(new ObjectKey(entry.key()), offset, length)
                .orElseThrow(() -> new FileNotFoundException("it is missing"));
    }

    private byte[] whole(ManifestEntry entry) throws IOException {
        try (InputStream in = open(entry, 0, LONGEST)) {
            return in.readAllBytes();
        }
    }
}
