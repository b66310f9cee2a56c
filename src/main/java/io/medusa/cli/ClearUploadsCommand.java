package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Count;
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
        description = {
            "Abort incomplete multipart uploads left by interrupted runs.",
            "The store bills for their parts but does not list them. Asks for confirmation."
        },
        footer = {"  medusa clear-uploads --all-nodes --dry-run"})
final class ClearUploadsCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(ClearUploadsCommand.class);

    @Option(
            names = "--older-than",
            paramLabel = "HOURS",
            description =
                    "Abort only uploads started more than HOURS ago (default: 24). Newer ones may belong to a running"
                            + " backup.")
    int hours = 24;

    @Option(names = "--all-nodes", description = "Include the uploads of all nodes (default: this node only).")
    boolean allNodes;

    @Option(
            names = {"-y", "--yes"},
            description = "Do not ask for confirmation.")
    boolean yes;

    @Option(names = "--dry-run", description = "Print what would be aborted; change nothing.")
    boolean dryRun;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        if (hours < 0) {
            throw new MedusaException(FailureKind.USAGE, "--older-than takes a number of hours, 0 or more");
        }
        Instant before = Instant.now().minus(Duration.ofHours(hours));
        List<UnfinishedUpload> all = medusa.unfinishedUploads(allNodes);
        List<UnfinishedUpload> found =
                all.stream().filter(upload -> upload.started().isBefore(before)).toList();
        List<UnfinishedUpload> cleared = new ArrayList<>();
        for (UnfinishedUpload upload : found) {
            if (!dryRun
                    && (yes
                            || confirm(
                                    "Abort the upload of " + upload.key() + ", started " + upload.started() + "?"))) {
                medusa.abort(upload);
                LOG.info("Aborted the upload of {}", upload.key());
                cleared.add(upload);
            }
        }
        if (output == OutputFormat.json) {
            print(Json.document(Map.of("found", keys(found), "cleared", keys(cleared))));
        } else if (found.isEmpty()) {
            print("No incomplete multipart uploads"
                    + (all.isEmpty()
                            ? ""
                            : " older than " + Count.of(hours, "hour") + "; " + all.size()
                                    + " newer may belong to a running backup (see --older-than)"));
        } else {
            found.forEach(upload ->
                    print(upload.key() + (cleared.contains(upload) ? " aborted" : " kept; add --yes to abort it")));
        }
        return 0;
    }

    private static List<String> keys(List<UnfinishedUpload> uploads) {
        return uploads.stream().map(upload -> upload.key().value()).toList();
    }
}
