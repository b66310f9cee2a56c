package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Count;
import io.medusa.model.TableDirectory;
import io.medusa.restore.Placement.Placed;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fills the staging directories with the files of a backup: links those that the node already has, and downloads the others. When
 * it returns, all are verified and durable. Needs space for the downloaded files only.
 */
final class StageFiles {
    private static final Logger LOG = LoggerFactory.getLogger(StageFiles.class);
    private static final int ROUNDS = 5;

    private final NodeStaging staging;
    private final Fetch fetch;
    private final LocalCopies copies;

    StageFiles(NodeStaging staging, Fetch fetch, LocalCopies copies) {
        this.staging = staging;
        this.fetch = fetch;
        this.copies = copies;
    }

    /** What would be linked and downloaded; changes nothing. */
    FetchPlan plan(List<Placed> placed) {
        return fetch.plan(items(placed));
    }

    /** The result that {@link #run} would have; changes nothing. */
    StagedFiles planned(List<Placed> placed) {
        FetchPlan plan = plan(placed);
        Fetch.requireSpace(plan);
        return new StagedFiles(
                placed.size(),
                placed.stream().mapToLong(file -> file.entry().size()).sum(),
                plan.missing().size(),
                plan.missingBytes());
    }

    private List<FetchItem> items(List<Placed> placed) {
        return placed.stream()
                .map(file -> new FetchItem(
                        file.entry(),
                        staging.paths()
                                .staged(file.dataDirectory(), file.table())
                                .resolve(file.relativePath()),
                        copies.of(file.dataDirectory(), file.table(), file.relativePath())))
                .toList();
    }

    /** Stages the files. A live file that was compacted away before it was linked is looked for again, or downloaded. */
    StagedFiles run(List<Placed> placed) {
        int fetched = 0;
        long fetchedBytes = 0;
        for (int round = 0; round < ROUNDS; round++) {
            staging.prepare();
            List<FetchItem> items = items(placed);
            FetchPlan plan = fetch.plan(items);
            fetch.download(plan);
            fetched += plan.missing().size();
            fetchedBytes += plan.missingBytes();
            staging.finish(items.stream().map(FetchItem::target).toList());
            if (link(plan.linked()).isEmpty()) {
                ComponentLists.trim(items.stream().map(FetchItem::target).toList(), staging.privileges());
                staging.sync();
                long bytes =
                        placed.stream().mapToLong(file -> file.entry().size()).sum();
                if (!items.isEmpty()) {
                    LOG.info(
                            "Staged and verified {} ({} downloaded, {} reused from disk)",
                            Count.of(items.size(), "file"),
                            fetched,
                            plan.linked().size());
                }
                return new StagedFiles(items.size(), bytes, fetched, fetchedBytes);
            }
            LOG.info("Some files were compacted away before they could be linked: looking for them again");
        }
        throw new MedusaException(
                FailureKind.CASSANDRA_FAILED,
                "the node compacts its files faster than they can be linked. Nothing was changed. Run nodetool"
                        + " disableautocompaction, then the same command again");
    }

    /**
     * Moves staged files to the present directories of their tables.
     *
     * @param moved the present directories of tables that have another than planned, by planned directory
     * @return the files in their places
     */
    List<Placed> move(List<Placed> placed, Map<TableDirectory, TableDirectory> moved) {
        if (moved.isEmpty()) {
            return placed;
        }
        moved.forEach(staging::move);
        staging.sync();
        return placed.stream()
                .map(file -> file.in(moved.getOrDefault(file.table(), file.table())))
                .toList();
    }

    /** Returns the targets whose source no longer exists. */
    private Set<Path> link(Map<Path, Path> links) {
        Set<Path> directories = links.keySet().stream()
                .map(target -> Objects.requireNonNull(target.getParent()))
                .collect(Collectors.toCollection(TreeSet::new));
        directories.forEach(staging.privileges()::makeTheirs);
        return staging.privileges().link(links);
    }
}
