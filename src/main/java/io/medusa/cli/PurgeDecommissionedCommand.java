package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Count;
import io.medusa.model.NodeName;
import io.medusa.os.IpAddresses;
import io.medusa.purge.PurgeBackups;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa purge-decommissioned}. */
@Command(
        name = "purge-decommissioned",
        description = {
            "Delete the backups of nodes that have left the ring.",
            "Keeps the last complete backup of each such node. Asks for confirmation; without a terminal, it needs --yes."
        },
        footer = {"  medusa purge-decommissioned --dry-run", "  medusa purge-decommissioned --yes"})
final class PurgeDecommissionedCommand extends DeletingCommand {
    private static final Logger LOG = LoggerFactory.getLogger(PurgeDecommissionedCommand.class);

    @Option(names = "--even-the-last", description = "Also delete the newest complete backup of such a node.")
    boolean evenTheLast;

    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask for confirmation.")
    boolean yes;

    @Override
    PurgeBackups.Result delete(Medusa medusa, PurgeBackups.How how) {
        PurgeBackups flow = medusa.purgeBackups();
        Set<NodeName> live = medusa.onNode().live();
        if (!live.contains(medusa.node())) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "the ring does not know this node by the name " + medusa.node() + ", but " + live
                            + ": backups of live nodes could be taken for those of dead ones; set fqdn in [storage], or"
                            + " resolve_ip_addresses in [cassandra]");
        }
        List<NodeName> decommissioned =
                flow.nodes().stream().filter(node -> !live.contains(node)).toList();
        checkAllAreNamed(medusa.node(), live, decommissioned);
        decommissioned.forEach(node -> LOG.info("Node {} has backups and is not in the ring", node));
        boolean asks = !how.dryRun() && !yes;
        if (asks && !decommissioned.isEmpty() && !session().canAsk()) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "nothing was deleted: deleting the backups of "
                            + Count.of(decommissioned.size(), "decommissioned node")
                            + " needs confirmation, and there is no terminal. Add --yes to delete them, or --dry-run to"
                            + " see what would be deleted");
        }
        List<NodeName> gone = new ArrayList<>();
        for (NodeName node : decommissioned) {
            if (!asks || confirm("Delete the backups of node " + node + "?")) {
                gone.add(node);
            } else {
                LOG.info("Kept the backups of node {}. Use --yes to delete without asking", node);
            }
        }
        if (gone.isEmpty()) {
            LOG.info("No backups of decommissioned nodes to delete");
            return new PurgeBackups.Result(List.of(), Map.of());
        }
        return medusa.measured().purgeDecommissioned(flow, gone, evenTheLast, how);
    }

    /** A live node whose name could not be looked up is in the ring by its address, and its backups would look like a dead node's. */
    private static void checkAllAreNamed(NodeName own, Set<NodeName> live, List<NodeName> decommissioned) {
        List<NodeName> unnamed = live.stream()
                .filter(node -> IpAddresses.isAddress(node.value()))
                .sorted()
                .toList();
        if (!decommissioned.isEmpty() && !unnamed.isEmpty() && !IpAddresses.isAddress(own.value())) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "cannot determine which nodes have left the ring: the DNS has no names for " + unnamed + ", so "
                            + decommissioned
                            + " may still be in it. Nothing was deleted. Try again once the names can be"
                            + " looked up, or delete single backups with delete-backup");
        }
    }
}
