package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
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
 * Puts the files of a backup beside the live data: those that the node has already by linking, the others from the store. All of
 * it is checked and durable when it is done; it takes room for the difference only.
 */
final class Staging {
    private static final Logger LOG = LoggerFactory.getLogger(Staging.class);
    private static final int ROUNDS = 5;

    private final RestoreArea area;
    private final Fetch fetch;
    private final LocalCopies copies;

    Staging(RestoreArea area, Fetch fetch, LocalCopies copies) {
        this.area = area;
        this.fetch = fetch;
        this.copies = copies;
    }

    /** What was staged. */
    record Done(int files, long bytes, int fetched, long fetchedBytes) {}

    /** What each placed file becomes, and where the node may have it already. */
    List<Fetch.Item> items(List<Placed> placed) {
        return placed.stream()
                .map(file -> new Fetch.Item(
                        file.entry(),
                        area.staging(file.dataDirectory(), file.table()).resolve(file.relativePath()),
                        copies.of(file.dataDirectory(), file.table(), file.relativePath())))
                .toList();
    }

    /** Stages. A live file that a compaction removed before it was linked is looked for again, or fetched. */
    Done stage(List<Placed> placed) {
        int fetched = 0;
        long fetchedBytes = 0;
        for (int round = 0; round < ROUNDS; round++) {
            area.prepare();
            List<Fetch.Item> items = items(placed);
            Fetch.Plan plan = fetch.plan(items);
            fetch.carryOut(plan);
            fetched += plan.missing().size();
            fetchedBytes += plan.missingBytes();
            area.finishStaging(items.stream().map(Fetch.Item::target).toList());
            if (link(plan.linked()).isEmpty()) {
                area.sync();
                long bytes =
                        placed.stream().mapToLong(file -> file.entry().size()).sum();
                if (!items.isEmpty()) {
                    LOG.info(
                            "Everything is staged and checked: {} files, of which {} were fetched and {} are linked",
                            items.size(),
                            fetched,
                            plan.linked().size());
                }
                return new Done(items.size(), bytes, fetched, fetchedBytes);
            }
            LOG.info("Some files were compacted away meanwhile: looking again");
        }
        throw new MedusaException(
                FailureKind.CASSANDRA_FAILED,
                "the node compacts its files faster than they can be linked; nothing was changed, stop compactions with"
                        + " nodetool disableautocompaction and run this again");
    }

    private Set<Path> link(Map<Path, Path> links) {
        Set<Path> directories = links.keySet().stream()
                .map(target -> Objects.requireNonNull(target.getParent()))
                .collect(Collectors.toCollection(TreeSet::new));
        directories.forEach(area.privileges()::makeTheirs);
        return area.privileges().link(links);
    }
}
