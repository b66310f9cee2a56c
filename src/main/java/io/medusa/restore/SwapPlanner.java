package io.medusa.restore;

import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.KeyspaceDirectories;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.ManifestSection;
import io.medusa.model.Segments;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import io.medusa.restore.Placement.Placed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Decides which directories a restore swaps or removes. Reads directories, changes nothing. */
final class SwapPlanner {
    private static final Logger LOG = LoggerFactory.getLogger(SwapPlanner.class);

    /** Not part of any backup; its tables have the same ids on every node. */
    private final CassandraYaml yaml;

    private final boolean everything;
    private final boolean keepAuth;

    /**
     * @param everything whether tables that are not in the backup are removed, and hints with them
     * @param keepAuth whether the tables of {@code system_auth} are kept
     */
    SwapPlanner(CassandraYaml yaml, boolean everything, boolean keepAuth) {
        this.yaml = yaml;
        this.everything = everything;
        this.keepAuth = keepAuth;
    }

    /** The changes, for each table in each data directory. */
    List<DirectorySwap> tables(
            List<ManifestSection> sections, Map<TableDirectory, TableDirectory> targets, List<Placed> placed) {
        Set<TableDirectory> affected = new TreeSet<>();
        sections.forEach(section -> affected.add(targets.getOrDefault(section.table(), section.table())));
        List<DirectorySwap> swaps = new ArrayList<>();
        for (Path dataDirectory : yaml.allDataDirectories()) {
            Set<TableDirectory> staged = new HashSet<>();
            placed.stream()
                    .filter(file -> file.dataDirectory().equals(dataDirectory))
                    .forEach(file -> staged.add(file.table()));
            Set<TableDirectory> here = new TreeSet<>(live(dataDirectory));
            here.removeIf(table -> !affected.contains(table) && !isRemoved(table));
            here.addAll(staged);
            here.forEach(table -> swaps.add(new DirectorySwap(dataDirectory, table, staged.contains(table))));
        }
        return swaps;
    }

    /**
     * The plan of a swap.
     *
     * @param tables from {@link #tables}
     * @param inOneStep whether each data directory can be swapped as a whole
     * @param drained whether the commit log holds nothing that the live data needs
     */
    SwapPlan of(List<DirectorySwap> tables, boolean inOneStep, boolean drained, String selection) {
        boolean whole = everything && inOneStep;
        List<DirectorySwap> swaps = whole
                ? yaml.allDataDirectories().stream().map(DirectorySwap::whole).toList()
                : tables;
        List<Path> cleared = new ArrayList<>(List.of(yaml.commitLogDirectory(), yaml.savedCachesDirectory()));
        if (everything) {
            cleared.add(yaml.hintsDirectory());
            // a drain does not empty it, so it stays if only some tables are restored
            yaml.accordJournal().filter(Files::isDirectory).ifPresent(cleared::add);
        }
        boolean atOnce = swaps.size() <= 1 && inOneStep && drained;
        return new SwapPlan(swaps, cleared, !atOnce, whole && keepAuth, selection);
    }

    /**
     * Whether the data directories hold nothing but tables, so that each may be swapped as a whole: neither the commit log nor
     * another directory of the node is inside, nothing is a symbolic link, and every directory is one that this user can move.
     */
    boolean holdTablesOnly() {
        return holdTablesOnly(Files::isWritable);
    }

    /** The same. */
    boolean holdTablesOnly(Predicate<Path> writable) {
        List<Path> others =
                new ArrayList<>(List.of(yaml.commitLogDirectory(), yaml.savedCachesDirectory(), yaml.hintsDirectory()));
        yaml.directories().cdcRaw().ifPresent(others::add);
        yaml.accordJournal().ifPresent(others::add);
        for (Path directory : yaml.allDataDirectories()) {
            boolean inside =
                    others.stream().anyMatch(other -> other.toAbsolutePath().startsWith(directory.toAbsolutePath()));
            boolean nested = yaml.allDataDirectories().stream()
                    .anyMatch(other -> !other.equals(directory) && other.startsWith(directory));
            if (inside || nested || hasLinks(directory) || !canMoveAll(directory, writable)) {
                return false;
            }
        }
        return true;
    }

    /** A directory moves to another parent only if it can be written; a swap of the whole carries over those that are foreign. */
    private static boolean canMoveAll(Path dataDirectory, Predicate<Path> writable) {
        return subdirectories(dataDirectory).stream()
                .allMatch(keyspace -> writable.test(keyspace)
                        && (!KeyspaceDirectories.canBe(keyspace)
                                || subdirectories(keyspace).stream()
                                        .filter(entry -> !KeyspaceDirectories.belongsToBackups(keyspace, entry))
                                        .allMatch(writable)));
    }

    private static List<Path> subdirectories(Path directory) {
        return Directories.entries(directory).stream()
                .filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
                .toList();
    }

    private static boolean hasLinks(Path dataDirectory) {
        for (Path keyspace : Directories.entries(dataDirectory)) {
            if (Files.isSymbolicLink(keyspace)
                    || (Files.isDirectory(keyspace)
                            && KeyspaceDirectories.canBe(keyspace)
                            && Directories.entries(keyspace).stream().anyMatch(Files::isSymbolicLink))) {
                return true;
            }
        }
        return false;
    }

    /** How many tables have a directory now. */
    int liveTables() {
        return (int) yaml.allDataDirectories().stream()
                .flatMap(directory -> live(directory).stream())
                .distinct()
                .count();
    }

    private boolean isRemoved(TableDirectory table) {
        return everything
                && !table.keyspace().equals(SystemKeyspaces.TRACES)
                && !(keepAuth && table.keyspace().equals(SystemKeyspaces.AUTH))
                && table.id().isPresent();
    }

    private static List<TableDirectory> live(Path dataDirectory) {
        List<TableDirectory> tables = new ArrayList<>();
        for (String keyspace : names(dataDirectory)) {
            if (!KeyspaceDirectories.canBe(dataDirectory.resolve(keyspace))) {
                LOG.warn(
                        "{} is left alone: this user cannot read it, and it does not belong to Cassandra's user",
                        dataDirectory.resolve(keyspace));
                continue;
            }
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
