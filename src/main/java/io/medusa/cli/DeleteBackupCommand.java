package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.purge.PurgeBackups;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code medusa delete-backup}. */
@Command(
        name = "delete-backup",
        description = {"Delete backups by name, and data that no other backup needs."},
        footer = {"  medusa delete-backup --backup-name monday --all-nodes --dry-run"})
final class DeleteBackupCommand extends DeletingCommand {
    @Option(
            names = "--backup-name",
            paramLabel = "NAME",
            required = true,
            description = "Name of the backup. Repeatable.")
    List<String> backupNames = List.of();

    @Option(
            names = {"-a", "--all-nodes"},
            description = "Delete the backup on all nodes.")
    boolean allNodes;

    @Option(
            names = {"-c", "--current-node"},
            description = "Delete only this node's backup (default).")
    boolean currentNode;

    @Mixin
    Confirmation confirmation = new Confirmation();

    @Override
    PurgeBackups.Result delete(Medusa medusa, PurgeBackups.How how) {
        if (allNodes && currentNode) {
            throw usage("--all-nodes and --current-node cannot be combined");
        }
        Set<BackupName> names = backupNames.stream().map(BackupName::new).collect(Collectors.toSet());
        PurgeBackups flow = medusa.purgeBackups();
        List<NodeName> nodes = allNodes ? flow.nodes() : List.of(medusa.node());
        confirmUnless(confirmation.yes || how.dryRun(), () -> {
            PurgeBackups.Result planned = flow.byName(names, nodes, new PurgeBackups.How(how.grace(), true));
            return "Delete " + Deletion.what(planned) + "?";
        });
        return medusa.measured().delete(flow, names, nodes, how);
    }

    @Override
    boolean mustGo() {
        return true;
    }
}
