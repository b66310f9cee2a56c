package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.Manifest;
import io.medusa.model.ManifestEntry;
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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Downloads a node's backup into a directory, one subdirectory per table. Files of an interrupted run are kept. */
public final class DownloadBackup {
    private static final Logger LOG = LoggerFactory.getLogger(DownloadBackup.class);
    private static final Set<String> SYSTEM_KEYSPACES =
            Set.of(SystemKeyspaces.SYSTEM, SystemKeyspaces.SCHEMA, SystemKeyspaces.AUTH, SystemKeyspaces.DISTRIBUTED);
    private static final List<String> META = List.of("manifest.json", "schema.cql", "tokenmap.json");

    private final BackupCatalog catalog;
    private final TransferPool transfers;

    /** The caller closes both. */
    public DownloadBackup(BackupCatalog catalog, TransferPool transfers) {
        this.catalog = catalog;
        this.transfers = transfers;
    }

    /**
     * What to download.
     *
     * @param destination an existing directory
     * @param systemKeyspaces whether a selection includes the keyspaces that hold the schema
     */
    public record Request(
            NodeName node, BackupName name, Path destination, TableSelection selection, boolean systemKeyspaces) {}

    /**
     * What is in the directory now.
     *
     * @param kept files that existed already
     */
    public record Result(int fetched, long fetchedBytes, int kept, long keptBytes) {}

    /** Downloads the backup; returns when every file has been compared with the manifest. */
    public Result run(Request request) {
        requireDirectory(request.destination());
        return Backups.reading(catalog, request.node(), request.name(), backup -> download(request, backup));
    }

    /** What {@link #run} would download; changes nothing. */
    public Result plan(Request request) {
        requireDirectory(request.destination());
        FetchPlan plan = new Fetch(catalog, transfers)
                .plan(items(request, Backups.finished(catalog, request.node(), request.name())));
        Fetch.requireSpace(plan);
        return result(plan);
    }

    private static void requireDirectory(Path destination) {
        if (!Files.isDirectory(destination)) {
            throw new MedusaException(
                    FailureKind.LOCAL_FILE, destination + " is not a directory. Create it, or choose another");
        }
    }

    private Result download(Request request, StoredBackup backup) {
        LOG.info("Downloading backup metadata...");
        Fetch fetch = new Fetch(catalog, transfers);
        FetchPlan plan = fetch.plan(items(request, backup));
        fetch.download(plan);
        META.forEach(file -> backup.metaText(file)
                .ifPresent(text -> write(request.destination().resolve(file), text)));
        return result(plan);
    }

    private static Result result(FetchPlan plan) {
        return new Result(
                plan.missing().size(), plan.missingBytes(), plan.kept().size(), plan.keptBytes());
    }

    private List<FetchItem> items(Request request, StoredBackup backup) {
        Path destination = request.destination();
        Manifest manifest = backup.manifest().orThrow();
        List<ManifestSection> sections = selected(request, manifest, backup);
        if (!manifest.scope().isAll()) {
            LOG.warn("Backup {} is partial (only {})", request.name(), manifest.scope());
        }
        Backups.warnOfDamage(sections);
        List<FetchItem> items = new ArrayList<>();
        for (ManifestSection section : sections) {
            for (ManifestEntry entry : section.objects()) {
                String path = backup.dataFile(section.table(), entry).relativePath();
                items.add(new FetchItem(
                        entry, destination.resolve(section.table().toString()).resolve(path), List.of()));
            }
        }
        refuseLinks(destination, items);
        return items;
    }

    /** Refuses links that would lead files out of the destination. */
    private static void refuseLinks(Path destination, List<FetchItem> items) {
        Set<Path> seen = new HashSet<>();
        for (FetchItem item : items) {
            Path directory = item.target().getParent();
            while (directory != null && !directory.equals(destination) && seen.add(directory)) {
                if (Files.isSymbolicLink(directory)) {
                    throw new MedusaException(
                            FailureKind.LOCAL_FILE,
                            directory
                                    + " is a symbolic link. Nothing was downloaded. Remove the link, or choose another"
                                    + " directory");
                }
                directory = directory.getParent();
            }
        }
    }

    private static List<ManifestSection> selected(Request request, Manifest manifest, StoredBackup backup) {
        TableSelection selection = request.selection();
        Backups.requireSelected(selection, manifest, backup);
        return manifest.sections().stream()
                .filter(section ->
                        selection.includes(section.table()) || (request.systemKeyspaces() && isSystem(section.table())))
                .toList();
    }

    private static boolean isSystem(TableDirectory table) {
        return SYSTEM_KEYSPACES.contains(table.keyspace());
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException failed) {
            throw Failures.ofFile("writing " + file, failed, FailureKind.LOCAL_FILE);
        }
    }
}
