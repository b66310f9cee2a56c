package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.os.FileSystems;
import io.medusa.report.Page;
import io.medusa.report.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa report}. */
@Command(
        name = "report",
        description = {
            "Write an HTML report about the backups.",
            "Shows problems first, then a timeline by node, sizes, durations, coverage, verification and "
                    + "what retention will delete."
        },
        footer = {"  medusa report --html /var/www/medusa.html"})
final class ReportCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(ReportCommand.class);

    @Option(names = "--html", paramLabel = "FILE", required = true, description = "File to write. Self-contained.")
    @Nullable
    Path html;

    @Option(names = "--last", paramLabel = "N", description = "Report the newest N backups (default: 30).")
    int last = 30;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        Path file = Objects.requireNonNull(html);
        if (file.toString().isEmpty() || (Files.exists(file) && !Files.isRegularFile(file))) {
            throw usage("--html " + file + ": not a writable file");
        }
        Path directory = Objects.requireNonNull(file.toAbsolutePath().getParent());
        if (!Files.isWritable(directory)) {
            throw new MedusaException(
                    FailureKind.LOCAL_FILE,
                    "--html " + file + ": directory " + directory
                            + (Files.isDirectory(directory) ? " cannot be written to" : " does not exist"));
        }
        String page = Page.of(Report.of(medusa, atLeastOne(last, "--last"), Instant.now()));
        try {
            FileSystems.replace(file, page);
        } catch (IOException failed) {
            throw Failures.ofFile("writing " + file, failed, FailureKind.LOCAL_FILE);
        }
        LOG.info("Wrote {}", file);
        if (output == OutputFormat.json) {
            print(Json.document(Map.of("html", file.toString())));
        }
        return 0;
    }
}
