package io.medusa.verify;

import io.medusa.cassandra.SSTableName;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.ManifestEntry;
import io.medusa.repository.BackupRepository;
import io.medusa.storage.ObjectKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Whether the SSTables of one manifest have all their components, as each SSTable's own {@code TOC.txt} lists them. */
final class SSTableCheck {

    /** By the key of a component, without tag and component. */
    private final Map<String, Sstable> sstables = new TreeMap<>();

    /** What the manifest names of one SSTable. */
    private static final class Sstable {
        private final Set<String> components = new HashSet<>();
        private @Nullable ManifestEntry data;
        private @Nullable ObjectKey digest;
        private @Nullable ObjectKey toc;
    }

    /** Takes an entry of the manifest in. */
    void add(ManifestEntry entry) {
        Optional<SSTableName> name = SSTableName.parse(entry.fileName());
        if (name.isEmpty()) {
            return;
        }
        String directory = entry.key().substring(0, entry.key().lastIndexOf('/'));
        String untagged = directory.replaceFirst("~[0-9a-f]{12}(?=/|$)", "");
        Sstable sstable = sstables.computeIfAbsent(untagged + "/" + name.get().sstable(), absent -> new Sstable());
        sstable.components.add(name.get().component());
        switch (name.get().component()) {
            case SSTableName.DATA -> sstable.data = entry;
            case SSTableName.DIGEST -> sstable.digest = new ObjectKey(entry.key());
            case SSTableName.TOC -> sstable.toc = new ObjectKey(entry.key());
            default -> {}
        }
    }

    /** Gives every Data component with the key of its digest, if it has one. */
    void forEachData(BiConsumer<ManifestEntry, @Nullable ObjectKey> action) {
        sstables.values().forEach(sstable -> {
            if (sstable.data != null) {
                action.accept(sstable.data, sstable.digest);
            }
        });
    }

    /** Where the checksum of a Data component is if it has the same kind of key; nothing for any other object. */
    static Optional<ObjectKey> digestBeside(ManifestEntry entry) {
        String directory = entry.key().substring(0, entry.key().lastIndexOf('/') + 1);
        return SSTableName.parse(entry.fileName())
                .filter(name -> name.component().equals(SSTableName.DATA))
                .map(name -> new ObjectKey(directory + name.sstable() + "-" + SSTableName.DIGEST));
    }

    /** Whether the object is a Data component. */
    static boolean isData(ManifestEntry entry) {
        return SSTableName.parse(entry.fileName())
                .filter(name -> name.component().equals(SSTableName.DATA))
                .isPresent();
    }

    /** For each component that an SSTable lacks, the plain key that it should have. */
    List<String> incomplete(BackupRepository repository) {
        List<String> keys = new ArrayList<>();
        sstables.forEach((place, sstable) -> {
            Set<String> expected = new HashSet<>(Set.of(SSTableName.DATA));
            if (sstable.toc != null) {
                listed(repository, sstable.toc).stream()
                        .filter(component -> !isOfAnIndex(component))
                        .forEach(expected::add);
            }
            expected.removeAll(sstable.components);
            expected.stream().sorted().forEach(component -> keys.add(place + "-" + component));
        });
        return keys;
    }

    /**
     * Whether the component belongs to a secondary index (SAI or SASI). Building one appends its components to the list of an SSTable
     * that is there already, also through a snapshot's link to it; Cassandra builds again what it does not find.
     */
    private static boolean isOfAnIndex(String component) {
        return component.startsWith("SAI+") || component.startsWith("SAI_") || component.startsWith("SI_");
    }

    private static List<String> listed(BackupRepository repository, ObjectKey toc) {
        Optional<InputStream> content = repository.openData(toc);
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
