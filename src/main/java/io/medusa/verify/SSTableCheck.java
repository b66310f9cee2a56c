package io.medusa.verify;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.BackupFile;
import io.medusa.model.Component;
import io.medusa.model.ManifestEntry;
import io.medusa.model.SSTable;
import io.medusa.repository.BackupCatalog;
import io.medusa.storage.ObjectKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Whether the SSTables of one manifest have all their components, as each SSTable's own {@code TOC.txt} lists them. */
final class SSTableCheck {
    /** Components without which, if listed, Cassandra does not open an SSTable, or not with all rows. */
    private static final Set<Component> NEEDED = EnumSet.of(
            Component.DATA,
            Component.INDEX,
            Component.PARTITIONS,
            Component.ROWS,
            Component.COMPRESSION_INFO,
            Component.STATISTICS);

    private final List<BackupFile> files = new ArrayList<>();
    private @Nullable List<SSTable<BackupFile>> sstables;

    /** Adds a file that the manifest names. */
    void add(BackupFile file) {
        if (file.sstable().isPresent()) {
            files.add(file);
        }
    }

    /** Passes on every Data component with the key of its digest, if it has one. */
    void forEachData(BiConsumer<ManifestEntry, @Nullable ObjectKey> action) {
        for (SSTable<BackupFile> sstable : sstables()) {
            sstable.find(Component.DATA)
                    .ifPresent(data -> action.accept(
                            data.entry(),
                            sstable.find(Component.DIGEST)
                                    .map(SSTableCheck::key)
                                    .orElse(null)));
        }
    }

    /** The key of a Data component's digest; empty for any other object. */
    static Optional<ObjectKey> digestBeside(ManifestEntry entry) {
        String directory = entry.key().substring(0, entry.key().lastIndexOf('/') + 1);
        return entry.sstable()
                .filter(name -> name.component() == Component.DATA)
                .map(name -> new ObjectKey(directory + name.fileOf(Component.DIGEST)));
    }

    /** The plain keys of all missing components. */
    List<String> incomplete(BackupCatalog catalog) {
        List<String> keys = new ArrayList<>();
        for (SSTable<BackupFile> sstable : sstables()) {
            Set<String> expected = new TreeSet<>(Set.of(Component.DATA.ending()));
            // the list can name more than exists: building an index appends to it, even in a snapshot, and Cassandra
            // writes
            // no filter for some tables and rebuilds filters and summaries
            sstable.find(Component.TOC).ifPresent(toc -> listed(catalog, key(toc)).stream()
                    .filter(ending -> NEEDED.contains(Component.of(ending)))
                    .forEach(expected::add));
            sstable.files().forEach(file -> file.sstable().ifPresent(name -> expected.remove(name.ending())));
            expected.forEach(ending -> keys.add(place(sstable) + "-" + ending));
        }
        return keys;
    }

    /** The common key of its components, without tag and component. */
    private static String place(SSTable<BackupFile> sstable) {
        String key = sstable.files().get(0).entry().key();
        return key.substring(0, key.lastIndexOf('/')).replaceFirst("~[0-9a-f]{12}(?=/|$)", "") + "/" + sstable.name();
    }

    private static ObjectKey key(BackupFile file) {
        return new ObjectKey(file.entry().key());
    }

    private List<SSTable<BackupFile>> sstables() {
        if (sstables == null) {
            sstables = SSTable.group(files);
        }
        return sstables;
    }

    private static List<String> listed(BackupCatalog catalog, ObjectKey toc) {
        Optional<InputStream> content = catalog.openData(toc);
        if (content.isEmpty()) {
            return List.of();
        }
        try (InputStream in = content.get()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + toc, failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }
}
