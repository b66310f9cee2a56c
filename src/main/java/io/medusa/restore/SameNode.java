package io.medusa.restore;

import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.NodeMemory;
import io.medusa.cassandra.NodeMemory.Remembered;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.model.TokenMap;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ensures that a node restored in place is the node that was backed up, not a successor of the same name: they are
 * distinguished by their tokens. A node that is down is compared by the tokens it had when it last ran; one that left no record
 * cannot be compared.
 */
final class SameNode {
    private static final Logger LOG = LoggerFactory.getLogger(SameNode.class);

    private final CassandraYaml node;
    private final CassandraService service;

    SameNode(CassandraYaml node, CassandraService service) {
        this.node = node;
        this.service = service;
    }

    /**
     * Compares the tokens.
     *
     * @param backedUp the ring of the backup; read only if the node's tokens are known
     * @throws MedusaException if the node's tokens differ
     */
    void check(NodeName name, Supplier<TokenMap> backedUp) {
        NodeMemory memory = NodeMemory.of(node).orElseThrow();
        Optional<CassandraService.Identity> running = service.identity();
        Optional<List<BigInteger>> now = running.or(() -> memory.read().map(Remembered::identity))
                .map(CassandraService.Identity::tokens)
                .filter(tokens -> !tokens.isEmpty());
        if (now.isEmpty()) {
            LOG.info("Cannot compare the tokens of this node with those of the backup: it is down and has left no"
                    + " record of them");
            return;
        }
        TokenMap.Node then;
        try {
            then = backedUp.get().nodes().get(name);
        } catch (MedusaException damaged) {
            if (damaged.kind() != FailureKind.BACKUP_DAMAGED) {
                throw damaged;
            }
            LOG.warn("Cannot compare the tokens of this node with those of the backup: {}", damaged.getMessage());
            return;
        }
        if (then == null || then.tokens().isEmpty()) {
            return;
        }
        Set<BigInteger> tokens = new HashSet<>(now.get());
        if (!tokens.equals(new HashSet<>(then.tokens()))) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "this node is not the one that was backed up as " + name + ": it owns " + tokens.size() + " tokens"
                            + (running.isPresent()
                                    ? ", "
                                    : " (as " + memory.file() + " remembers; remove it if it is wrong), ")
                            + tokens.stream()
                                    .filter(token -> !then.tokens().contains(token))
                                    .count()
                            + " of which are not among the " + then.tokens().size()
                            + " of the backup. No data was changed. Use --remote to have it take over the tokens and"
                            + " data of "
                            + name + " while that node is gone, or restore-table to import single tables");
        }
    }
}
