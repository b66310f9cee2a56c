package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.purge.PurgeBackups;
import io.medusa.purge.RetentionRules;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa purge}. */
@Command(
        name = "purge",
        description =
                "Delete this node's backups that max_backup_age, max_backup_count and keep_* let go, and data that no"
                        + " backup needs.")
final class PurgeCommand extends DeletingCommand {
    private static final Logger LOG = LoggerFactory.getLogger(PurgeCommand.class);

    @Option(
            names = {"-a", "--all-nodes"},
            description = "For every node in the bucket.")
    boolean allNodes;

    @Option(
            names = "--even-the-last",
            description = "The newest complete backup of a node, and of the cluster, may go, too.")
    boolean evenTheLast;

    @Override
    PurgeBackups.Result delete(Medusa medusa, PurgeBackups.How how) {
        PurgeBackups flow = medusa.purgeBackups();
        RetentionRules rules = medusa.requests().retention();
        if (!rules.isActive()) {
            LOG.warn(
                    "No rule of retention is set in [storage] (max_backup_age, max_backup_count, keep_...): no backup goes");
        }
        return medusa.measured()
                .purge(
                        flow,
                        allNodes ? flow.nodes() : List.of(medusa.node()),
                        evenTheLast ? rules.withoutTheLast() : rules,
                        how);
    }
}
