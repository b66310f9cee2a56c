package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.catalog.BackupSummary;
import io.medusa.catalog.NodeState;
import io.medusa.catalog.TableUsage;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.Count;
import io.medusa.model.NodeName;
import io.medusa.purge.Verdict;
import io.medusa.remote.Shell;
import io.medusa.report.Retention;
import io.medusa.report.RunText;
import io.medusa.report.Text;
import io.medusa.repository.Pins;
import io.medusa.repository.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code medusa show}. */
@Command(
        name = "show",
        description = {
            "Show everything about a backup.",
            "Nodes, tables, state, verification, pins, what retention will do and why, and the commands to verify "
                    + "and restore it. Reads the manifest of every node."
        },
        footer = {"  medusa show monday", "  medusa show monday --output json"})
final class ShowCommand extends NodeCommand {
    @Parameters(paramLabel = "NAME", description = "Name of the backup.")
    @Nullable
    String name;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    /** What is shown. */
    private record Shown(
            ListedBackup listed,
            SortedMap<String, TableUsage> tables,
            Optional<Pins.Pin> pin,
            Retention retention,
            Map<String, String> commands,
            Instant now) {
        BackupSummary summary() {
            return listed.summary();
        }

        ClusterBackup backup() {
            return listed.backup();
        }
    }

    @Override
    int run(Medusa medusa) {
        BackupName wanted = new BackupName(Objects.requireNonNull(name));
        BackupSummary summary = medusa.backupStatus().known(wanted);
        Instant now = Instant.now();
        List<Pins.Pin> pins = medusa.pins().all();
        Shown shown = new Shown(
                ListedBackup.of(summary, medusa.verifications(), Optional.empty()),
                medusa.backupStatus().tables(summary.backup()),
                pins.stream().filter(pin -> pin.name().equals(wanted)).findFirst(),
                Retention.of(medusa, medusa.allBackups(), pins, now),
                commands(summary),
                now);
        if (output == OutputFormat.json) {
            print(Json.document(json(shown)));
        } else {
            text(shown).forEach(this::print);
        }
        return 0;
    }

    /** The commands to work with the backup, by what they do. */
    private static Map<String, String> commands(BackupSummary summary) {
        String name = Shell.quoted(summary.backup().name().value());
        Map<String, String> commands = new LinkedHashMap<>();
        if (!summary.nodesIn(NodeState.FAILED, NodeState.DIED, NodeState.UNFINISHED, NodeState.MISSING)
                .isEmpty()) {
            commands.put("resume", "medusa backup-cluster --resume --backup-name " + name);
        }
        if (!summary.backup().completeNodes().isEmpty()) {
            String incomplete = summary.backup().isComplete() ? "" : " --incomplete";
            commands.put("verify", "medusa verify --backup-name " + name + " --level content");
            commands.put(
                    "restore_cluster",
                    "medusa restore-cluster --backup-name " + name + " --seed-target HOST" + incomplete + " --dry-run");
            commands.put("restore_node", "medusa restore-node --backup-name " + name + " --dry-run");
            commands.put("restore_table", "medusa restore-table KEYSPACE.TABLE --backup-name " + name);
        }
        commands.put("delete", "medusa delete-backup --backup-name " + name + " --all-nodes --dry-run");
        return commands;
    }

    private static List<String> text(Shown shown) {
        ClusterBackup backup = shown.backup();
        BackupSummary summary = shown.summary();
        List<String> lines = new ArrayList<>();
        lines.add("Backup " + backup.name());
        lines.add("- State:     " + shown.listed().state().word() + ", "
                + backup.completeNodes().size() + " of "
                + Count.of(backup.tokenMap().names().size(), "node") + " finished");
        lines.add("- Type:      " + backup.mode().word());
        lines.add("- Started:   " + Text.time(backup.started()) + ", "
                + Text.about(Duration.between(backup.started(), shown.now())) + " ago");
        lines.add("- Finished:  "
                + backup.finished().map(Text::time).orElse("never")
                + summary.duration()
                        .map(took -> ", after " + Text.duration(took))
                        .orElse(""));
        lines.add("- Size:      " + Text.size(summary.size()) + " in " + Count.of(summary.objects(), "file")
                + (summary.fresh().isPresent()
                        ? ", " + Text.size(summary.fresh().getAsLong()) + " of it new"
                        : ""));
        summary.scopes().forEach(scope -> lines.add("- Partial:   only " + scope));
        if (!backup.otherDatacenters().isEmpty()) {
            lines.add("- Without:   datacenter " + String.join(", ", backup.otherDatacenters()));
        }
        if (shown.listed().verifiedAt().isEmpty()) {
            lines.add("- Verified:  never");
        }
        lines.addAll(VerifyText.known(shown.listed().verified()));
        if (!summary.damaged().isEmpty()) {
            lines.add("- Damaged on the node before they were backed up: "
                    + Count.of(summary.damaged().size(), "file"));
        }
        lines.add("- Pinned:    "
                + shown.pin()
                        .map(pin -> pin.reason().isEmpty() ? "yes" : pin.reason())
                        .orElse("no"));
        lines.add("- Retention: " + shown.retention().words(backup.name()));
        lines.add("");
        lines.addAll(nodes(summary).lines());
        summary.runs().values().stream()
                .sorted(Comparator.comparing(Run::node))
                .forEach(run -> lines.add("- Node " + run.node() + ": " + RunText.of(run)));
        if (!shown.tables().isEmpty()) {
            lines.add("");
            TextTable tables = new TextTable("TABLE", "NODES>", "FILES>", "SIZE>");
            shown.tables()
                    .forEach((table, usage) -> tables.row(
                            table,
                            String.valueOf(usage.nodes()),
                            String.valueOf(usage.files()),
                            Text.size(usage.bytes())));
            lines.addAll(tables.lines());
        }
        lines.add("");
        lines.add("Commands:");
        shown.commands().values().forEach(command -> lines.add("  " + command));
        return lines;
    }

    private static TextTable nodes(BackupSummary summary) {
        TextTable table = new TextTable("NODE", "STATE", "STARTED", "TOOK>", "FILES>", "SIZE>", "NEW>", "CASSANDRA");
        Map<NodeName, NodeState> states = summary.states();
        for (BackupSummary.Node node : summary.nodes()) {
            Instant started = node.backup().started();
            table.row(
                    node.backup().node().value(),
                    Objects.requireNonNull(states.get(node.backup().node())).word(),
                    Text.time(started),
                    node.backup()
                            .finished()
                            .map(finished -> Text.duration(Duration.between(started, finished)))
                            .orElse("-"),
                    String.valueOf(node.stats().objects()),
                    Text.size(node.stats().size()),
                    node.fresh().isPresent() ? Text.size(node.fresh().getAsLong()) : "-",
                    node.version().releaseVersion());
        }
        summary.backup()
                .missingNodes()
                .forEach(node -> table.row(
                        node.value(), Objects.requireNonNull(states.get(node)).word(), "-", "-", "-", "-", "-", "-"));
        return table;
    }

    private static Map<String, Object> json(Shown shown) {
        Map<String, Object> json =
                new HashMap<>(SummaryJson.of(shown.summary(), shown.listed().foundDamaged()));
        BackupName name = shown.backup().name();
        json.put("state", shown.listed().state().word());
        Map<String, String> states = new HashMap<>();
        shown.summary().states().forEach((node, state) -> states.put(node.value(), state.word()));
        json.put("node_states", states);
        if (shown.summary().fresh().isPresent()) {
            json.put("size_new", shown.summary().fresh().getAsLong());
        }
        json.put(
                "tables",
                shown.tables().entrySet().stream()
                        .map(table -> Map.of(
                                "table", table.getKey(),
                                "nodes", table.getValue().nodes(),
                                "num_objects", table.getValue().files(),
                                "size", table.getValue().bytes()))
                        .toList());
        json.putAll(VerifyJson.of(shown.listed().verified()));
        shown.pin().ifPresent(pin -> json.put("pinned", pin.reason()));
        Verdict verdict = shown.retention().verdicts().get(name);
        if (verdict != null) {
            Map<String, Object> retention = new HashMap<>();
            retention.put("expires", verdict.expires());
            retention.put("reason", verdict.reason());
            Instant leaves = shown.retention().forecast().leaving().get(name);
            if (leaves != null) {
                retention.put("about", leaves.getEpochSecond());
            }
            json.put("retention", retention);
        }
        json.put("commands", shown.commands());
        return json;
    }
}
