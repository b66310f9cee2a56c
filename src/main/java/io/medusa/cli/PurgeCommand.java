package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.model.NodeName;
import io.medusa.purge.PurgeBackups;
import io.medusa.purge.RetentionRules;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code medusa purge}. */
@Command(
        name = "purge",
        description = {
            "Delete expired backups of this node, and data that no backup needs.",
            "Rules are set in [storage]: max_backup_age, max_backup_count and keep_*."
        },
        footer = {"  medusa purge --dry-run", "  medusa purge --all-nodes"})
final class PurgeCommand extends DeletingCommand {
    /** A purge that runs daily finds about as many, even after it was missed for a week. */
    private static final int USUAL = 7;

    private static final Logger LOG = LoggerFactory.getLogger(PurgeCommand.class);

    @Option(
            names = {"-a", "--all-nodes"},
            description = "Purge every node in the bucket.")
    boolean allNodes;

    @Option(
            names = "--even-the-last",
            description = "Allow deleting the newest complete backup of a node and of the cluster.")
    boolean evenTheLast;

    @Mixin
    Confirmation confirmation = new Confirmation();

    @Override
    PurgeBackups.Result delete(Medusa medusa, PurgeBackups.How how) {
        PurgeBackups flow = medusa.purgeBackups();
        RetentionRules rules = medusa.requests().retention();
        if (!rules.isActive()) {
            LOG.warn(
                    "No retention rule is set in [storage] (max_backup_age, max_backup_count, keep_*): no backup expires");
        }
        List<NodeName> nodes = allNodes ? flow.nodes() : List.of(medusa.node());
        RetentionRules applied = evenTheLast ? rules.withoutTheLast() : rules;
        if (!confirmation.yes && !how.dryRun() && session().canAsk()) {
            confirmIfUnusual(flow.byRules(nodes, applied, new PurgeBackups.How(how.grace(), true)));
        }
        return medusa.measured().purge(flow, nodes, applied, how);
    }

    /** A changed rule, or a wrong clock, may expire far more than the one or two backups of an ordinary purge. */
    private void confirmIfUnusual(PurgeBackups.Result planned) {
        long most = planned.nodes().stream()
                .mapToLong(node -> node.removed().size())
                .max()
                .orElse(0);
        if (most > USUAL || (evenTheLast && most > 0)) {
            confirmUnless(false, () -> "Delete " + Deletion.what(planned) + "? That is more than usual.");
        }
    }
}
