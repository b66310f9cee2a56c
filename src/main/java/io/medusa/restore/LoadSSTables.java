package io.medusa.restore;

import io.medusa.cassandra.BulkLoader;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.ManifestSection;
import io.medusa.model.NodeName;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableSelection;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.StoredBackup;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Loads backups into the running cluster with Cassandra's sstableloader (docs/compatibility.md 16.1): each is downloaded first, and nothing is
 * stopped. The tables must exist.
 */
public final class LoadSSTables {
    private static final Logger LOG = LoggerFactory.getLogger(LoadSSTables.class);

    private final BackupCatalog catalog;
    private final TransferPool transfers;
    private final BulkLoader loader;

    /** The caller closes all of them. */
    public LoadSSTables(BackupCatalog catalog, TransferPool transfers, BulkLoader loader) {
        this.catalog = catalog;
        this.transfers = transfers;
        this.loader = loader;
    }

    /**
     * What to load.
     *
     * @param sources nodes that were backed up, one after the other
     * @param keepAuth whether the cluster's roles and permissions are kept
     * @param temporaryDirectory where a backup is downloaded to
     */
    public record Request(
            List<NodeName> sources,
            BackupName name,
            TableSelection selection,
            boolean keepAuth,
            Path temporaryDirectory) {}

    /** What was loaded. */
    public record Result(int tables, long bytes, Duration duration) {}

    /**
     * Loads the backups.
     *
     * @throws MedusaException at the first table that cannot be loaded; tables loaded by then stay
     */
    public Result run(Request request) {
        long began = System.nanoTime();
        loader.check();
        int tables = 0;
        long bytes = 0;
        for (NodeName source : request.sources()) {
            StoredBackup backup = Backups.finished(catalog, source, request.name());
            List<ManifestSection> sections = backup.manifest().orThrow().sections();
            TableSelection selection = selection(request, sections);
            if (selection.isAll()) {
                LOG.info("Nothing of node {} to load", source);
                continue;
            }
            refuseOthers(backup, sections, selection);
            Path directory = newDirectory(request.temporaryDirectory());
            try {
                DownloadBackup.Result downloaded = new DownloadBackup(catalog, transfers)
                        .run(new DownloadBackup.Request(source, request.name(), directory, selection, false));
                bytes += downloaded.fetchedBytes();
                for (Path table : tables(directory)) {
                    LOG.info("Loading table {} of node {}", directory.relativize(table), source);
                    loader.load(table);
                    tables++;
                }
            } finally {
                remove(directory);
            }
        }
        return new Result(tables, bytes, Duration.ofNanos(System.nanoTime() - began));
    }

    /** Refuses unexpected files, because the loader runs Cassandra's own code on whatever it finds. */
    private static void refuseOthers(StoredBackup backup, List<ManifestSection> sections, TableSelection selection) {
        sections.stream().filter(section -> selection.includes(section.table())).forEach(section -> section.objects()
                .forEach(entry -> Placement.component(backup, section.table(), entry)));
    }

    /** The names of the tables to load; no name, which would mean all of them, if the node has nothing to load. */
    private static TableSelection selection(Request request, List<ManifestSection> sections) {
        if (!request.selection().isAll()) {
            return request.selection();
        }
        return new TableSelection(
                Set.of(),
                sections.stream()
                        .filter(section -> !section.objects().isEmpty())
                        .map(ManifestSection::table)
                        .filter(table -> isLoaded(table, request.keepAuth()))
                        .map(TableDirectory::qualifiedName)
                        .collect(Collectors.toSet()));
    }

    private static boolean isLoaded(TableDirectory table, boolean keepAuth) {
        return !SystemKeyspaces.isLocal(table.keyspace())
                && !(keepAuth && table.keyspace().equals(SystemKeyspaces.AUTH));
    }

    /** Readable by this user only: it holds data. */
    private static Path newDirectory(Path parent) {
        try {
            return Files.createTempDirectory(
                    parent,
                    "medusa-restore-",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException failed) {
            throw Failures.ofFile("creating a directory in " + parent, failed, FailureKind.LOCAL_FILE);
        }
    }

    private static List<Path> tables(Path directory) {
        try (Stream<Path> paths = Files.walk(directory, 2)) {
            return paths.filter(path -> directory.relativize(path).getNameCount() == 2 && Files.isDirectory(path))
                    .sorted()
                    .toList();
        } catch (IOException failed) {
            throw Failures.ofFile("listing " + directory, failed, FailureKind.LOCAL_FILE);
        }
    }

    private static void remove(Path directory) {
        try (Stream<Path> paths = Files.walk(directory)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        } catch (IOException failed) {
            LOG.warn("Cannot remove {}: {}", directory, failed.toString());
        }
    }
}
