package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.model.NodeBackup;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code medusa build-index}. */
@Command(
        name = "build-index",
        description = {"Rebuild the index from the finished backups in the bucket."},
        footer = {"  medusa build-index --dry-run"})
final class BuildIndexCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(BuildIndexCommand.class);

    @Option(
            names = {"--noop", "--dry-run"},
            description = "Print what would be written; change nothing.")
    boolean noop;

    @Mixin
    NoQuestions noQuestions = new NoQuestions();

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        List<NodeBackup> found = medusa.buildIndex().run(noop);
        if (noop) {
            LOG.info("--noop was set, will only print the indices");
            found.forEach(backup -> LOG.info(
                    "{} of {} ({})", backup.name(), backup.node(), backup.mode().word()));
        }
        LOG.info("{} {} node backups", noop ? "Would index" : "Indexed", found.size());
        if (output == OutputFormat.json) {
            print(Json.document(Map.of(
                    "written",
                    !noop,
                    "node_backups",
                    found.stream()
                            .map(backup -> Map.of(
                                    "name", backup.name().value(),
                                    "fqdn", backup.node().value(),
                                    "backup_type", backup.mode().word()))
                            .toList())));
        }
        return 0;
    }
}
