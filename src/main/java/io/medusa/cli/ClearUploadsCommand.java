package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.storage.UnfinishedUpload;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa clear-uploads}. */
@Command(
        name = "clear-uploads",
        description =
                "Remove parts of objects that runs which died have left in the store, where they are paid for but not"
                        + " listed, after asking.")
final class ClearUploadsCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(ClearUploadsCommand.class);

    @Option(
            names = "--older-than",
            paramLabel = "HOURS",
            description = "Only those that were begun so long ago (24); younger ones may belong to a backup that runs.")
    int hours = 24;

    @Option(names = "--all-nodes", description = "Of all nodes, not only of this one.")
    boolean allNodes;

    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask.")
    boolean yes;

    @Option(names = "--output", paramLabel = "text|json", description = "Print the result as JSON.")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        if (hours < 0) {
            throw new MedusaException(FailureKind.USAGE, "--older-than takes a number of hours from 0");
        }
        Instant before = Instant.now().minus(Duration.ofHours(hours));
        List<UnfinishedUpload> all = medusa.unfinishedUploads(allNodes);
        List<UnfinishedUpload> found =
                all.stream().filter(upload -> upload.started().isBefore(before)).toList();
        List<UnfinishedUpload> cleared = new ArrayList<>();
        for (UnfinishedUpload upload : found) {
            if (yes || isConfirmed("Remove the parts of " + upload.key() + ", begun " + upload.started() + "?")) {
                medusa.abort(upload);
                LOG.info("Removed the parts of {}", upload.key());
                cleared.add(upload);
            }
        }
        if (output == OutputFormat.json) {
            print(Json.line(Map.of("found", keys(found), "cleared", keys(cleared))));
        } else if (found.isEmpty()) {
            print("No unfinished uploads"
                    + (all.isEmpty()
                            ? ""
                            : " that are older than " + hours + " hours; " + all.size()
                                    + " younger ones may belong to a backup that runs, see --older-than"));
        } else {
            found.forEach(upload ->
                    print(upload.key() + (cleared.contains(upload) ? " removed" : " left; add -y to remove it")));
        }
        return 0;
    }

    private static List<String> keys(List<UnfinishedUpload> uploads) {
        return uploads.stream().map(upload -> upload.key().value()).toList();
    }
}
