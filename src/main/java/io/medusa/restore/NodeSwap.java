package io.medusa.restore;

import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.NodeMemory;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stops a node and swaps its data. If the swap fails, it is reverted, and the node is started with its previous data unless it is to
 * stay down.
 */
final class NodeSwap {
    private static final Logger LOG = LoggerFactory.getLogger(NodeSwap.class);

    private final CassandraYaml node;
    private final CassandraService service;
    private final NodeStaging staging;
    private final Stopped stopped;
    private final Swap swap;
    private final boolean stayDownOnFailure;

    /** @param stayDownOnFailure whether the node stays down after the swap is reverted, since others of its ring have restored data */
    NodeSwap(CassandraYaml node, CassandraService service, NodeStaging staging, boolean stayDownOnFailure) {
        this.stayDownOnFailure = stayDownOnFailure;
        this.node = node;
        this.service = service;
        this.staging = staging;
        this.stopped = new Stopped(node, service);
        this.swap = new Swap(staging);
    }

    /**
     * Stops the node and swaps its data, or completes the swap of an interrupted run; the node is down afterwards.
     *
     * @throws MedusaException if it could not be completed; the message says in which state the node is
     */
    void run(SwapPlan plan) {
        stopped.stop();
        boolean wasBegun = Swap.hasBegun(plan);
        NodeMemory.of(node).ifPresent(NodeMemory::forgetTokens);
        try {
            swap.run(plan);
        } catch (MedusaException failed) {
            if (failed.kind() == FailureKind.INTERRUPTED) {
                throw new MedusaException(
                        failed.kind(),
                        "interrupted while Cassandra is down and its data is swapped. Run the same command again",
                        failed);
            }
            throw reverted(plan, wasBegun, failed);
        }
        stopped.check();
    }

    /** @param wasBegun whether the node may have run on the restored data before */
    private MedusaException reverted(SwapPlan plan, boolean wasBegun, MedusaException failed) {
        Optional<String> user = stopped.user();
        if (user.isPresent()) {
            return new MedusaException(
                    failed.kind(),
                    failed.getMessage() + ". The swap was not reverted, since " + user.get()
                            + " was started on the data. Stop it, then run restore-node --undo",
                    failed);
        }
        LOG.error("Reverting the failed swap: {}", failed.getMessage());
        swap.undo(staging.journal().map(Journal::plan).orElse(plan), wasBegun);
        if (stayDownOnFailure) {
            return new MedusaException(
                    failed.kind(),
                    failed.getMessage() + ". The node has its previous data back and stays down",
                    failed);
        }
        service.start();
        return new MedusaException(
                failed.kind(), failed.getMessage() + ". The node runs again with its previous data", failed);
    }
}
