package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.purge.PurgeBackups;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What all commands that delete backups share: a dry run, and how the result is told. */
@Command
abstract class DeletingCommand extends NodeCommand {
    @Option(
            names = "--dry-run",
            description = "Print which backups, objects and bytes would be deleted; change nothing.")
    boolean dryRun;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Override
    final int run(Medusa medusa) {
        PurgeBackups.Result result = delete(medusa, medusa.requests().deletion(dryRun));
        int status = Deletion.report(result, dryRun);
        if (output == OutputFormat.json) {
            print(Deletion.json(result, dryRun));
        }
        boolean someStay = result.nodes().stream().anyMatch(node -> !node.isComplete());
        return status == 0 && someStay && mustGo() ? 1 : status;
    }

    /** Whether it is a failure if a backup stays because somebody works on it. */
    boolean mustGo() {
        return false;
    }

    /** Deletes, or would delete. */
    abstract PurgeBackups.Result delete(Medusa medusa, PurgeBackups.How how);
}
