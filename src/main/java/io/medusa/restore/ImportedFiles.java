package io.medusa.restore;

import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.model.Component;
import io.medusa.model.SSTableName;
import io.medusa.model.TableName;
import io.medusa.restore.Placement.Placed;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the files of one table that are imported: not those of secondary indexes, which Cassandra builds itself, and not SSTables that
 * are live in the table.
 */
final class ImportedFiles {
    private static final Logger LOG = LoggerFactory.getLogger(ImportedFiles.class);

    private final CassandraService service;
    private final CassandraYaml node;
    private final Fetch fetch;
    private final TableName table;

    ImportedFiles(CassandraService service, CassandraYaml node, Fetch fetch, TableName table) {
        this.service = service;
        this.node = node;
        this.fetch = fetch;
        this.table = table;
    }

    /**
     * The chosen files.
     *
     * @param alreadyLive SSTables that were left out
     */
    record Chosen(List<Placed> placed, int alreadyLive) {
        int sstables() {
            return (int) placed.stream().map(ImportedFiles::sstable).distinct().count();
        }
    }

    /** All files, whether their SSTables are live or not. */
    Chosen all(List<Placed> placed) {
        return new Chosen(components(placed), 0);
    }

    /** Without SSTables that have the right content in the table's directory, open or not. Changes nothing. */
    Chosen missing(List<Placed> placed) {
        return without(components(placed), present(components(placed)));
    }

    /** Without SSTables that have the right content and are open. */
    Chosen notLive(List<Placed> placed) {
        List<Placed> components = components(placed);
        List<Placed> present = present(components);
        Optional<LiveSSTables.Live> open = present.isEmpty()
                ? Optional.empty()
                : new LiveSSTables(service, node.allDataDirectories()).look(Set.of(table));
        List<Placed> live = present.stream()
                .filter(file -> {
                    boolean isOpen = open.filter(now -> now.has(file.table(), file.relativePath()))
                            .isPresent();
                    if (!isOpen) {
                        LOG.warn(
                                "{} is in the directory of {}, but Cassandra has not opened it: importing it",
                                file.relativePath(),
                                table);
                    }
                    return isOpen;
                })
                .toList();
        return without(components, live);
    }

    private static List<Placed> components(List<Placed> placed) {
        return placed.stream().filter(SSTableImporter::isImported).toList();
    }

    private static Chosen without(List<Placed> components, List<Placed> data) {
        Set<String> left = data.stream().map(ImportedFiles::sstable).collect(Collectors.toCollection(HashSet::new));
        return new Chosen(
                components.stream()
                        .filter(file -> !left.contains(sstable(file)))
                        .toList(),
                left.size());
    }

    /** The data files that are in the table's directory with the right content. */
    private List<Placed> present(List<Placed> components) {
        List<Placed> data = components.stream()
                .filter(file -> file.component() == Component.DATA)
                .toList();
        List<FetchItem> items = data.stream()
                .map(file -> new FetchItem(file.entry(), live(file), List.of()))
                .toList();
        Set<Path> same =
                fetch.plan(items).kept().stream().map(FetchItem::target).collect(Collectors.toSet());
        return data.stream().filter(file -> same.contains(live(file))).toList();
    }

    private static Path live(Placed file) {
        return file.dataDirectory().resolve(file.table().toString()).resolve(file.relativePath());
    }

    private static String sstable(Placed file) {
        return file.dataDirectory() + " " + file.table() + " "
                + file.sstable().map(SSTableName::sstable).orElse("");
    }
}
