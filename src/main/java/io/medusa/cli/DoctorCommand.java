package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.doctor.Doctor;
import io.medusa.model.Check;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa doctor}. */
@Command(
        name = "doctor",
        description = {
            "Check everything a backup needs, in the store and on this node; with --restore, also what a restore needs.",
            "Tests connections and permissions with small objects and a snapshot of its own."
        },
        footer = {"  medusa doctor", "  medusa doctor --storage-only", "  medusa doctor --restore --no-snapshot"})
final class DoctorCommand extends NodeCommand {
    @Option(names = "--storage-only", description = "Check the store only.")
    boolean storageOnly;

    @Option(names = "--no-snapshot", description = "Skip the test snapshot, for which Cassandra flushes its memtables.")
    boolean noSnapshot;

    @Option(
            names = "--restore",
            description =
                    "Also check what a restore of this node needs: the commands that stop and start Cassandra, sudo, "
                            + "permissions, room and certificates. Nothing is stopped.")
    boolean restore;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        Doctor.Request request = medusa.requests().doctor();
        request = storageOnly ? request.withoutNode() : request;
        request = noSnapshot ? request.withoutSnapshot() : request;
        request = restore ? request.andRestore() : request;
        Doctor.Result result = medusa.onNode().doctor().run(request);
        if (output == OutputFormat.json) {
            print(Json.document(Map.of(
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
