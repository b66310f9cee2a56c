package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.catalog.ListBackups;
import io.medusa.model.ClusterBackup;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa list-backups}. */
@Command(name = "list-backups", description = "List the backups in which this node has a part.")
final class ListBackupsCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(ListBackupsCommand.class);

    @Option(names = "--show-all", negatable = true, description = "List the backups of all nodes.")
    boolean showAll;

    @Option(names = "--output", paramLabel = "text|json", description = "Print as JSON.")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        ListBackups flow = medusa.listBackups();
        ListBackups.Request request = new ListBackups.Request(medusa.node(), showAll);
        boolean empty;
        if (output == OutputFormat.json) {
            var summaries = flow.summaries(request);
            empty = summaries.isEmpty();
            print(Json.line(summaries.stream().map(SummaryJson::of).toList()));
        } else {
            List<ClusterBackup> backups = flow.run(request);
            empty = backups.isEmpty();
            printText(backups);
        }
        if (empty && !flow.hasIndex()) {
            LOG.info("No backups found in index. Consider running \"medusa build-index\" if you have some backups");
        }
        return 0;
    }

    private void printText(List<ClusterBackup> backups) {
        for (ClusterBackup backup : backups) {
            String finished = backup.finished()
                    .map(Text::time)
                    .orElseGet(() -> "Incomplete [" + backup.completeNodes().size() + " of "
                            + backup.tokenMap().names().size() + " nodes finished]");
            print(backup.name() + " (started: " + Text.time(backup.started()) + ", finished: " + finished + ")"
                    + (backup.scope().isAll() ? "" : " [Partial: " + backup.scope() + "]"));
        }
        if (backups.stream().anyMatch(backup -> !backup.isComplete())) {
            print("");
            print("Incomplete backups found. You can run \"medusa status --backup-name <name>\" for more details");
        }
    }
}
