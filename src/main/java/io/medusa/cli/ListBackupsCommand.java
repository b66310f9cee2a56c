package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.catalog.BackupSummary;
import io.medusa.catalog.ListBackups;
import io.medusa.catalog.SpaceUsage;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.Count;
import io.medusa.report.RunText;
import io.medusa.report.Text;
import io.medusa.repository.VerificationState;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code medusa list-backups}. */
@Command(
        name = "list-backups",
        aliases = "list",
        description = {
            "List the backups that include this node.",
            "On a terminal, prints a table; otherwise one line for each backup, as scripts expect."
        },
        footer = {
            "  medusa list-backups --show-all --last 10",
            "  medusa list-backups --show-all --since 7d --state failed,died,damaged",
            "  medusa list-backups --show-all --sort size --output table",
            "  medusa list-backups --show-all --sizes --output json"
        })
final class ListBackupsCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(ListBackupsCommand.class);

    @Option(names = "--show-all", negatable = true, description = "List the backups of all nodes.")
    boolean showAll;

    @Mixin
    BackupFilter filter = new BackupFilter();

    @Option(
            names = "--sort",
            paramLabel = "COLUMN",
            converter = OrderOfWord.class,
            description =
                    "Sort by name, started (default), size, new, duration, state or verified. Sizes and durations: "
                            + "largest first.")
    Order sort = Order.started;

    @Option(
            names = "--sizes",
            description = "Show each backup's unique bytes: what deleting it would free. Reads every manifest.")
    boolean sizes;

    @Option(
            names = "--output",
            paramLabel = "text|table|json",
            description = "Output format (default: table on a terminal, otherwise text).")
    @Nullable
    Format output;

    /** The words of {@code --output}. */
    enum Format {
        text,
        table,
        json
    }

    /** The words of {@code --sort}. */
    enum Order {
        name,
        started,
        size,
        fresh,
        duration,
        state,
        verified
    }

    private Comparator<ListedBackup> comparator() {
        return switch (sort) {
            case name -> Comparator.comparing(row -> row.backup().name());
            case started -> Comparator.comparing(row -> row.backup().started());
            case size -> Comparator.comparing(row -> -row.summary().size());
            case fresh -> Comparator.comparing(row -> -row.fresh().orElse(-1));
            case duration ->
                Comparator.comparing(
                        row -> row.summary().duration().orElse(Duration.ZERO).negated());
            case state -> Comparator.comparing(ListedBackup::state);
            case verified -> Comparator.comparing(row -> row.verifiedAt().orElse(Instant.EPOCH));
        };
    }

    /** Reads the words of {@code --sort}, one of which is a keyword of Java. */
    static final class OrderOfWord implements ITypeConverter<Order> {
        @Override
        public Order convert(String word) {
            if (word.equals("new")) {
                return Order.fresh;
            }
            return Arrays.stream(Order.values())
                    .filter(order -> order.name().equals(word) && order != Order.fresh)
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException(
                            "must be name, started, size, new, duration, state or verified"));
        }
    }

    @Override
    int run(Medusa medusa) {
        ListBackups flow = medusa.listBackups();
        Instant now = Instant.now();
        List<ClusterBackup> all = flow.run(new ListBackups.Request(medusa.node(), true));
        List<ClusterBackup> included = showAll || filter.namesNode() ? all : ListBackups.including(medusa.node(), all);
        List<ClusterBackup> selected;
        try {
            selected = filter.select(included, now);
            selected = filter.needsStates() ? selected : filter.newest(selected);
        } catch (IllegalArgumentException wrong) {
            throw usage(String.valueOf(wrong.getMessage()));
        }
        Map<BackupName, SpaceUsage> shares = sizes ? flow.shares(all) : Map.of();
        Format format = output == null ? (session().printsToTerminal() ? Format.table : Format.text) : output;
        VerificationState verified = medusa.verifications();
        Map<BackupName, String> pins = pins(medusa);
        boolean plain = format == Format.text && !filter.needsStates() && sort == Order.started;
        if (plain) {
            printText(selected, pins, shares, verified);
        } else {
            List<ListedBackup> rows = rows(verified, flow.summaries(selected), shares);
            switch (format) {
                case json -> Json.printList(rows.stream().map(row -> json(row, pins)), out());
                case table -> ListedBackup.table(rows, pins, sizes, now).forEach(this::print);
                default -> printText(rows.stream().map(ListedBackup::backup).toList(), pins, shares, verified);
            }
        }
        if (format == Format.table) {
            out().flush();
            flow.notBegun(all)
                    .forEach(run ->
                            LOG.warn("Backup {} never began on node {}: {}", run.name(), run.node(), RunText.of(run)));
        }
        tellWhyEmpty(medusa, flow, included, selected);
        return 0;
    }

    private void tellWhyEmpty(
            Medusa medusa, ListBackups flow, List<ClusterBackup> included, List<ClusterBackup> selected) {
        if (included.isEmpty() && !flow.hasIndex()) {
            LOG.info("No backups found in index. Consider running \"medusa build-index\" if you have some backups");
        } else if (included.isEmpty() && !showAll) {
            LOG.info(
                    "No backup in the index includes node {}. --show-all lists the backups of other nodes",
                    medusa.node());
        } else if (selected.isEmpty() && !included.isEmpty()) {
            LOG.info("None of {} backups is selected", included.size());
        }
    }

    private static Map<BackupName, String> pins(Medusa medusa) {
        Map<BackupName, String> pins = new HashMap<>();
        medusa.pins().all().forEach(pin -> pins.put(pin.name(), pin.reason()));
        return pins;
    }

    /** The selected rows in their order. */
    private List<ListedBackup> rows(
            VerificationState verified, List<BackupSummary> summaries, Map<BackupName, SpaceUsage> shares) {
        List<ListedBackup> rows = new ArrayList<>();
        try {
            List<BackupSummary> inStates =
                    filter.inStates(summaries, summary -> ListedBackup.of(summary, verified, Optional.empty())
                            .state());
            for (BackupSummary summary : filter.newest(inStates)) {
                rows.add(ListedBackup.of(
                        summary,
                        verified,
                        Optional.ofNullable(shares.get(summary.backup().name()))));
            }
        } catch (IllegalArgumentException wrong) {
            throw usage(String.valueOf(wrong.getMessage()));
        }
        rows.sort(comparator());
        return rows;
    }

    private static Map<String, Object> json(ListedBackup row, Map<BackupName, String> pins) {
        Map<String, Object> json = new HashMap<>(SummaryJson.of(row.summary(), row.foundDamaged()));
        json.putAll(VerifyJson.of(row.verified()));
        BackupName name = row.backup().name();
        if (pins.containsKey(name)) {
            json.put("pinned", pins.get(name));
        }
        row.share().ifPresent(share -> {
            json.put("size_unique", share.unique());
            json.put("size_new", share.fresh());
        });
        return json;
    }

    private void printText(
            List<ClusterBackup> backups,
            Map<BackupName, String> pins,
            Map<BackupName, SpaceUsage> shares,
            VerificationState verified) {
        for (ClusterBackup backup : backups) {
            String finished = backup.finished()
                    .map(Text::time)
                    .orElseGet(() -> "Incomplete [" + backup.completeNodes().size() + " of "
                            + backup.tokenMap().names().size() + " nodes finished]");
            SpaceUsage share = shares.get(backup.name());
            print(backup.name() + " (started: " + Text.time(backup.started()) + ", finished: " + finished + ")"
                    + (backup.scope().isAll() ? "" : " [Partial: " + backup.scope() + "]")
                    // scripts read lines without it
                    + (session().printsToTerminal()
                            ? damaged(verified.of(backup).open())
                            : "")
                    + pinned(pins.get(backup.name()))
                    + (share == null ? "" : " [unique: " + Text.size(share.unique()) + "]"));
        }
        if (backups.stream().anyMatch(backup -> !backup.isComplete())) {
            print("");
            print("Incomplete backups found. You can run \"medusa status --backup-name <name>\" for more details");
        }
    }

    private static String damaged(long findings) {
        return findings == 0 ? "" : " [Damaged: " + Count.of(findings, "finding") + "]";
    }

    private static String pinned(@Nullable String reason) {
        if (reason == null) {
            return "";
        }
        return reason.isEmpty() ? " [Pinned]" : " [Pinned: " + reason + "]";
    }
}
