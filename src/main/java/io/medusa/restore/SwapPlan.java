package io.medusa.restore;

import io.medusa.cassandra.CassandraYaml;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.ManifestSection;
import io.medusa.model.Segments;
import io.medusa.model.TableDirectory;
import io.medusa.restore.Placement.Placed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** Which directories a restore exchanges or takes away. Reads directories, changes nothing. */
final class SwapPlan {
    /** Not in any backup; its tables are the same everywhere. */
    private static final String TRACES = "system_traces";

    private final CassandraYaml yaml;
    private final boolean everything;

    /** @param everything whether tables that the backup does not know go away, and hints with them */
    SwapPlan(CassandraYaml yaml, boolean everything) {
        this.yaml = yaml;
        this.everything = everything;
    }

    Swap.Plan of(
            List<ManifestSection> sections,
            Map<TableDirectory, TableDirectory> targets,
            List<Placed> placed,
            String selection) {
        Set<TableDirectory> affected = new TreeSet<>();
        sections.forEach(section -> affected.add(targets.getOrDefault(section.table(), section.table())));
        List<Swap.Exchange> exchanges = new ArrayList<>();
        for (Path dataDirectory : yaml.allDataDirectories()) {
            Set<TableDirectory> staged = new HashSet<>();
            placed.stream()
                    .filter(file -> file.dataDirectory().equals(dataDirectory))
                    .forEach(file -> staged.add(file.table()));
            Set<TableDirectory> here = new TreeSet<>(live(dataDirectory));
            here.removeIf(table -> !affected.contains(table) && !goesAway(table));
            here.addAll(staged);
            here.forEach(table -> exchanges.add(new Swap.Exchange(dataDirectory, table, staged.contains(table))));
        }
        List<Path> cleared = new ArrayList<>(List.of(yaml.commitLogDirectory(), yaml.savedCachesDirectory()));
        if (everything) {
            cleared.add(yaml.hintsDirectory());
        }
        return new Swap.Plan(exchanges, cleared, selection);
    }

    private boolean goesAway(TableDirectory table) {
        return everything && !table.keyspace().equals(TRACES) && table.id().isPresent();
    }

    private static List<TableDirectory> live(Path dataDirectory) {
        List<TableDirectory> tables = new ArrayList<>();
        for (String keyspace : names(dataDirectory)) {
            for (String table : names(dataDirectory.resolve(keyspace))) {
                tables.add(new TableDirectory(keyspace, table));
            }
        }
        return tables;
    }

    private static List<String> names(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(Files::isDirectory)
                    .map(entry -> String.valueOf(entry.getFileName()))
                    .filter(name -> Segments.isSafe(name) && !name.startsWith("."))
                    .toList();
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (IOException failed) {
            throw Failures.ofFile("listing " + directory, failed, FailureKind.LOCAL_FILE);
        }
    }
}
