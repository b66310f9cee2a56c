package io.medusa.cli;

import io.medusa.app.Medusa;
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
    NoQuestions noQuestions = new NoQuestions();

    @Override
    PurgeBackups.Result delete(Medusa medusa, PurgeBackups.How how) {
        PurgeBackups flow = medusa.purgeBackups();
        RetentionRules rules = medusa.requests().retention();
        if (!rules.isActive()) {
            LOG.warn(
                    "No retention rule is set in [storage] (max_backup_age, max_backup_count, keep_*): no backup expires");
        }
        return medusa.measured()
                .purge(
                        flow,
                        allNodes ? flow.nodes() : List.of(medusa.node()),
                        evenTheLast ? rules.withoutTheLast() : rules,
                        how);
    }
}
