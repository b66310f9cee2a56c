package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.doctor.Check;
import io.medusa.doctor.Doctor;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa doctor}. */
@Command(
        name = "doctor",
        description =
                "Try everything that a backup needs, on the store and on this node: rights, connections, permissions.")
final class DoctorCommand extends NodeCommand {
    @Option(names = "--storage-only", description = "Look at the store alone.")
    boolean storageOnly;

    @Option(names = "--no-snapshot", description = "Take no snapshot; Cassandra writes its memtables to disk for one.")
    boolean noSnapshot;

    @Option(names = "--output", paramLabel = "text|json", description = "Print the result as JSON.")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        Doctor.Result result = medusa.doctor()
                .run(new Doctor.Request(
                        medusa.node(),
                        medusa.prefix(),
                        !storageOnly,
                        !noSnapshot,
                        medusa.requests().temporaryDirectory()));
        if (output == OutputFormat.json) {
            print(Json.line(Map.of(
                    "healthy",
                    result.isHealthy(),
                    "checks",
                    result.checks().stream()
                            .map(check -> Map.of(
                                    "subject",
                                    check.subject(),
                                    "outcome",
                                    check.outcome().name().toLowerCase(Locale.ROOT),
                                    "detail",
                                    check.detail()))
                            .toList())));
        } else {
            TextTable table = new TextTable("CHECK", "RESULT", "DETAIL");
            for (Check check : result.checks()) {
                table.row(check.subject(), check.outcome().name(), check.detail());
            }
            table.lines().forEach(this::print);
        }
        return result.isHealthy() ? 0 : 1;
    }
}
