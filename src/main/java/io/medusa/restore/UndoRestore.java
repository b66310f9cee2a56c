package io.medusa.restore;

import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.NodeMemory;
import io.medusa.cassandra.Release;
import io.medusa.cassandra.RestoreChecks;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.os.ExclusiveLock;
import io.medusa.os.Privileges;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Returns to the state before the last restore if it was kept. The next run resumes an interrupted undo. */
public final class UndoRestore {
    private static final Logger LOG = LoggerFactory.getLogger(UndoRestore.class);

    private final CassandraYaml yaml;
    private final CassandraService service;
    private final Supplier<NodeDescription> running;

    /**
     * The caller closes all of them.
     *
     * @param running describes this node, or throws if it is down
     */
    public UndoRestore(CassandraYaml yaml, CassandraService service, Supplier<NodeDescription> running) {
        this.yaml = yaml;
        this.service = service;
        this.running = running;
    }

    /** Which node, and how its files may be changed. */
    public record Request(NodeName node, boolean sudoAllowed, Path temporaryDirectory) {}

    /**
     * Undoes the last restore.
     *
     * @return what was undone: the id of the restore
     * @throws MedusaException if no previous state is kept, or it could not be brought back
     */
    public String run(Request request) {
        try (ExclusiveLock lock = NodeStaging.lock(request.temporaryDirectory(), request.node())) {
            CassandraYaml node = NodeDirectories.inUse(yaml, service);
            Privileges privileges = Privileges.over(node.dataDirectories().get(0), request.sudoAllowed());
            NodeStaging any = new NodeStaging("restore-", node.allDataDirectories(), privileges);
            TreeMap<String, Journal> journals = new TreeMap<>(new OtherRestores(any).journals());
            if (journals.isEmpty()) {
                throw new MedusaException(
                        FailureKind.REFUSED,
                        "there is nothing to undo: no restore of this node has kept its previous state. Keep it with"
                                + " restore-node --keep-previous");
            }
            NodeDirectories.requireAll(node);
            // an interrupted restore must be completed first; otherwise the last restore is undone first, then those
            // before it
            Map.Entry<String, Journal> last = journals.entrySet().stream()
                    .max(Comparator.comparing((Map.Entry<String, Journal> journal) ->
                                    journal.getValue().phase().isInBetween())
                            .thenComparing(
                                    journal -> any.withId(journal.getKey()).journalTime()))
                    .orElseThrow();
            if (last.getValue().plan().isOfWholeNode()
                    && !last.getValue().phase().isInBetween()) {
                refuseOlderMetadata();
            }
            undo(any.withId(last.getKey()), last.getValue(), node, request);
            return last.getKey();
        }
    }

    /** As restores are refused ({@link SingleReplica}); a node that is down cannot tell its ring. */
    private void refuseOlderMetadata() {
        NodeDescription node;
        try {
            node = running.get();
        } catch (MedusaException failed) {
            if (failed.kind() != FailureKind.CASSANDRA_UNREACHABLE) {
                throw failed;
            }
            LOG.debug("The ring cannot be asked", failed);
            return;
        }
        if (Release.keepsMetadataLog(node.metadata().version())
                && node.wholeRing().names().size() > 1) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "undoing the restore of a single node of a Cassandra "
                            + node.metadata().version().releaseVersion()
                            + " cluster is not possible: its log of the cluster's metadata (schema, members, tokens) would"
                            + " contradict that of the other nodes. Nothing was changed. Stop Cassandra on all nodes, then"
                            + " run restore-node --undo on each");
        }
    }

    private void undo(NodeStaging staging, Journal journal, CassandraYaml node, Request request) {
        SwapPlan plan = journal.plan();
        boolean nodeHasRun = journal.phase() != Journal.Phase.SWAPPING || Swap.hasBegun(plan);
        RestoreChecks checks = new RestoreChecks(node, service, List::of, request.sudoAllowed());
        if (journal.phase().isInBetween()) {
            checks.warn(plan.isOfWholeNode());
        } else {
            checks.require(plan.isOfWholeNode());
        }
        LOG.info("Going back to the state before {}", staging.paths().id());
        if (isLogOfRestoredData(journal)) {
            new CommitLog(node, service)
                    .settle(
                            plan.isOfWholeNode(),
                            "going back to the state before " + staging.paths().id());
        }
        Stopped stopped = new Stopped(node, service);
        stopped.stop();
        NodeMemory.of(node).ifPresent(NodeMemory::forgetTokens);
        new Swap(staging).undo(plan, nodeHasRun);
        stopped.check();
        new TokenTakeover(node.file(), request.sudoAllowed())
                .undo(journal.notes().settings());
        service.start();
        if (plan.swaps().stream().noneMatch(swap -> swap.table() == null)) {
            LOG.info("Tables that the restore had to create stay in the schema. Materialized views that are younger"
                    + " than the backup show restored rows: drop them and create them again");
        }
        staging.forget(plan.cleared());
    }

    /** Whether the commit log may contain writes since the restore; a guarded node cannot have run between two phases. */
    private static boolean isLogOfRestoredData(Journal journal) {
        return !journal.phase().isInBetween()
                || (journal.phase() != Journal.Phase.RETURNING
                        && !journal.plan().guarded()
                        && Swap.hasBegun(journal.plan()));
    }
}
