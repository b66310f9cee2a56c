package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.model.ClusterBackup;
import java.util.Collections;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa get-last-complete-cluster-backup}. */
@Command(
        name = "get-last-complete-cluster-backup",
        description = {"Print the name of the last complete cluster backup."},
        footer = {"  medusa get-last-complete-cluster-backup"})
final class LastCompleteCommand extends NodeCommand {
    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        Optional<String> name =
                medusa.lastBackup().lastComplete().map(ClusterBackup::name).map(String::valueOf);
        if (output == OutputFormat.json) {
            print(Json.document(Collections.singletonMap("name", name.orElse(null))));
        } else {
            print(name.orElse("Could not find any full backup for the cluster"));
        }
        return 0;
    }
}
