package io.medusa.restore;

import io.medusa.cassandra.CassandraLog;
import io.medusa.cassandra.CassandraSchema;
import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.KnownDirectories;
import io.medusa.error.MedusaException;
import io.medusa.model.TableDirectory;
import io.medusa.restore.NodeRestoreRequest.Target;
import java.math.BigInteger;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node whose data was swapped: starts it, verifies that it has opened the restored data, completes its schema and indexes, and
 * removes the previous state.
 */
final class RestoredNode {
    private static final Logger LOG = LoggerFactory.getLogger(RestoredNode.class);

    private final NodeRestoreRequest request;
    private final CassandraYaml node;
    private final CassandraService service;
    private final CassandraSchema schema;
    private final NodeStaging staging;
    private final TargetTables targetTables;
    private final TokenTakeover takeover;
    private final IndexRebuild indexRebuild;

    RestoredNode(
            NodeRestoreRequest request,
            CassandraYaml node,
            CassandraService service,
            CassandraSchema schema,
            NodeStaging staging,
            TargetTables targetTables,
            TokenTakeover takeover) {
        this.request = request;
        this.node = node;
        this.service = service;
        this.schema = schema;
        this.staging = staging;
        this.targetTables = targetTables;
        this.takeover = takeover;
        this.indexRebuild = new IndexRebuild(service);
    }

    /**
     * Starts and verifies the node.
     *
     * @param tokens to take over
     * @param indexes tells which secondary indexes the backup has
     * @param log of Cassandra, from before the swap
     * @throws MedusaException if the node does not come up or verification fails; then the previous state is kept
     */
    void startAndVerify(
            SwapPlan plan, List<BigInteger> tokens, Supplier<RestoredIndexes> indexes, Optional<CassandraLog> log) {
        try {
            if (request.target() == Target.REMOTE) {
                staging.recordSettings(takeover.fingerprint());
                takeover.take(tokens);
            }
            new SeedWait(node).await(request.seeds());
            List<LiveSSTables.Given> given = LiveSSTables.in(plan.swaps());
            service.start();
            if (service.isUp()) {
                // a node that is started later by someone else still has to read them
                if (request.target() == Target.REMOTE) {
                    takeover.giveBack(tokens.size());
                }
                KnownDirectories.remember(node, service);
            }
            new LiveSSTables(service, node.allDataDirectories())
                    .requireOpened(given, request.selection().isAll(), schema, indexRebuild);
            rebuild(indexes.get());
            if (service.isUp()) {
                targetTables.announceViews(tables(plan));
                targetTables.completeChanges();
            }
            request.check().ifPresent(check -> check.run(schema));
        } catch (MedusaException failed) {
            throw new MedusaException(
                    failed.kind(),
                    failed.getMessage() + whatKeptItDown(log)
                            + ". The restored data is in place, and the previous data is kept in "
                            + staging.describePrevious()
                            + " until this command succeeds. To go back to it, run restore-node --undo",
                    failed);
        }
        try {
            tidyUp(plan);
        } catch (MedusaException failed) {
            LOG.warn(
                    "The node is restored, but what the restore has kept cannot be removed ({}). The next restore tries"
                            + " again",
                    failed.getMessage());
        }
    }

    /** With {@code disk_failure_policy: stop}, the default of Cassandra's packages, one bad SSTable is enough. */
    private String whatKeptItDown(Optional<CassandraLog> log) {
        return service.isUp()
                ? ""
                : log.flatMap(CassandraLog::corruptSSTable)
                        .map(sstable -> "; Cassandra cannot read " + sstable)
                        .orElse("");
    }

    /** The tables restored one by one; empty after the restore of a whole node, whose views were restored with it. */
    private static Set<TableDirectory> tables(SwapPlan plan) {
        return plan.isOfWholeNode()
                ? Set.of()
                : plan.swaps().stream()
                        .flatMap(swap -> Optional.ofNullable(swap.table()).stream())
                        .collect(Collectors.toSet());
    }

    private void rebuild(RestoredIndexes indexes) {
        if (!service.isUp()) {
            indexes.warn();
        } else if (request.selection().isAll()) {
            indexes.rebuildAll(indexRebuild);
        } else {
            indexes.rebuild(schema.indexesBuiltOnce(), indexRebuild);
        }
    }

    private void tidyUp(SwapPlan plan) {
        OtherRestores others = new OtherRestores(staging);
        if (request.keepPrevious()) {
            others.forget(plan.cleared());
            staging.keep();
            LOG.info(
                    "The previous state is kept in {}. To go back to it, run restore-node --undo",
                    staging.describePrevious());
        } else {
            staging.forget(plan.cleared());
            others.forget(plan.cleared());
        }
        if (!request.keepPrevious() || request.target() == Target.IN_PLACE) {
            // only an undo of the restore that left it would bring it back, and that restore has no journal any more
            takeover.forget();
        }
    }
}
