package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.Count;
import io.medusa.repository.BackupCatalog;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Turns objects of a backup into files. A file that exists already with the right content is kept, so that an interrupted run is
 * resumed; one that this machine has under another name can be linked; the others are downloaded.
 */
final class Fetch {
    private final BackupCatalog catalog;
    private final TransferPool transfers;
    private final FileCheck check;

    Fetch(BackupCatalog catalog, TransferPool transfers) {
        this.catalog = catalog;
        this.transfers = transfers;
        this.check = new FileCheck(catalog.hashRule());
    }

    /** Compares the files of this machine with those wanted; changes nothing. */
    FetchPlan plan(Collection<FetchItem> wanted) {
        List<FetchItem> items = List.copyOf(wanted);
        List<Optional<Path>> here = transfers.mapAll("Comparing", items, FetchItem::size, this::here);
        List<FetchItem> kept = new ArrayList<>();
        Map<Path, Path> linked = new LinkedHashMap<>();
        long linkedBytes = 0;
        List<FetchItem> missing = new ArrayList<>();
        for (int i = 0; i < items.size(); i++) {
            FetchItem item = items.get(i);
            Optional<Path> file = here.get(i);
            if (file.isEmpty()) {
                missing.add(item);
            } else if (file.get().equals(item.target())) {
                kept.add(item);
            } else {
                linked.put(item.target(), file.get());
                linkedBytes += item.size();
            }
        }
        return new FetchPlan(kept, linked, linkedBytes, missing);
    }

    /** The file that already has the object's content. */
    private Optional<Path> here(FetchItem item) {
        if (check.isRight(item.entry(), item.target())) {
            return Optional.of(item.target());
        }
        return item.candidates().stream()
                .filter(candidate -> check.isRight(item.entry(), candidate))
                .findFirst();
    }

    /** The space that a plan needs on each file system that it writes to. */
    static List<RestorePlan.Space> spaces(FetchPlan plan) {
        Map<FileStore, RestorePlan.Space> spaces = new LinkedHashMap<>();
        Map<Path, Path> existingParents = new HashMap<>();
        Map<Path, FileStore> stores = new HashMap<>();
        try {
            for (FetchItem item : plan.missing()) {
                Path directory = Objects.requireNonNull(item.target().getParent());
                Path existing = existingParents.computeIfAbsent(directory, Fetch::existing);
                FileStore store = stores.get(existing);
                if (store == null) {
                    store = Files.getFileStore(existing);
                    stores.put(existing, store);
                }
                RestorePlan.Space soFar = spaces.get(store);
                spaces.put(
                        store,
                        soFar == null
                                ? new RestorePlan.Space(existing, item.size(), store.getUsableSpace())
                                : new RestorePlan.Space(soFar.where(), soFar.needed() + item.size(), soFar.free()));
            }
        } catch (IOException failed) {
            throw Failures.ofFile("asking for free space", failed, FailureKind.LOCAL_FILE);
        }
        return List.copyOf(spaces.values());
    }

    /**
     * Checks that there is enough space for what the plan misses.
     *
     * @throws MedusaException of kind DISK_FULL if there is not
     */
    static void requireSpace(FetchPlan plan) {
        for (RestorePlan.Space space : spaces(plan)) {
            if (!space.isEnough()) {
                throw new MedusaException(
                        FailureKind.DISK_FULL,
                        "the file system of " + space.where() + " has " + Count.bytes(space.free())
                                + " free, but the restore needs " + Count.bytes(space.needed())
                                + ". Nothing was downloaded. Free some space and run the same command again");
            }
        }
    }

    /** Downloads what the plan misses, after checking that there is enough space for it. */
    void download(FetchPlan plan) {
        requireSpace(plan);
        makeDirectories(plan.missing().stream().map(FetchItem::target).toList());
        ObjectDownload download = new ObjectDownload(catalog, transfers);
        transfers.runAll("Downloading", plan.missing(), FetchItem::size, download::job);
        DigestCheck.run(plan, download.doubtful());
    }

    /** The path, or its nearest parent that exists. */
    private static Path existing(Path path) {
        Path parent = path;
        while (!Files.exists(parent)) {
            parent = Objects.requireNonNull(parent.getParent());
        }
        return parent;
    }

    private static void makeDirectories(Collection<Path> files) {
        Set<Path> directories = new TreeSet<>();
        files.forEach(file -> directories.add(Objects.requireNonNull(file.getParent())));
        for (Path directory : directories) {
            try {
                Files.createDirectories(directory);
            } catch (IOException failed) {
                throw Failures.ofFile("creating directory " + directory, failed, FailureKind.LOCAL_FILE);
            }
        }
    }
}
