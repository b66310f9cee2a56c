package io.medusa.cli;

import io.medusa.catalog.BackupState;
import io.medusa.catalog.BackupSummary;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeName;
import io.medusa.repository.Run;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The JSON object of a cluster backup in {@code list-backups} and {@code status} (docs/compatibility.md 1.4). */
final class SummaryJson {
    private SummaryJson() {}

    /** Without what verification found. */
    static Map<String, Object> of(BackupSummary summary) {
        return of(summary, false);
    }

    /** @param foundDamaged whether verification found damage */
    static Map<String, Object> of(BackupSummary summary, boolean foundDamaged) {
        ClusterBackup backup = summary.backup();
        List<BackupSummary.Node> finished = summary.nodes().stream()
                .filter(node -> node.backup().isFinished())
                .toList();
        List<BackupSummary.Node> unfinished = summary.nodes().stream()
                .filter(node -> !node.backup().isFinished())
                .toList();
        List<String> missing =
                backup.missingNodes().stream().map(NodeName::value).sorted().toList();
        Map<String, Object> json = new HashMap<>();
        json.put("name", backup.name().value());
        json.put("backup_type", backup.mode().word());
        json.put("started", backup.started().getEpochSecond());
        json.put("finished", backup.finished().map(Instant::getEpochSecond).orElse(null));
        json.put("num_objects", summary.objects());
        json.put("size", summary.size());
        json.put("completed_nodes", finished.size());
        json.put("incomplete_nodes", unfinished.size());
        json.put("missing_nodes", missing.size());
        json.put("nodes", finished.stream().map(SummaryJson::node).toList());
        json.put(
                "incomplete_nodes_list",
                unfinished.stream().map(SummaryJson::node).toList());
        json.put("missing_nodes_list", missing);
        // keys of our own only where there is something to say: other readers know the rest by heart
        BackupState state = summary.state(foundDamaged);
        if (state != BackupState.FINISHED && state != BackupState.INCOMPLETE) {
            json.put("state", state.word());
        }
        List<Map<String, Object>> runs = summary.runs().values().stream()
                .sorted(Comparator.comparing(Run::node))
                .map(SummaryJson::run)
                .toList();
        if (!runs.isEmpty()) {
            json.put("runs", runs);
        }
        if (!summary.scopes().isEmpty()) {
            json.put(
                    "scope",
                    summary.scopes().stream()
                            .flatMap(scope -> scope.patterns().stream())
                            .distinct()
                            .toList());
        }
        if (!backup.otherDatacenters().isEmpty()) {
            json.put("other_datacenters", backup.otherDatacenters());
        }
        if (!summary.damaged().isEmpty()) {
            json.put("damaged_objects", summary.damaged().size());
        }
        return json;
    }

    /** The latest run of a node that has not finished. */
    static Map<String, Object> run(Run run) {
        Map<String, Object> json = new HashMap<>();
        json.put("fqdn", run.node().value());
        json.put("state", run.state().name().toLowerCase(Locale.ROOT));
        json.put("phase", run.phase());
        json.put("began", run.began().map(Instant::getEpochSecond).orElse(null));
        json.put("seen", run.seen().getEpochSecond());
        json.put("host", run.host());
        json.put("pid", run.pid());
        json.put("num_objects", run.files());
        json.put("num_objects_done", run.filesDone());
        json.put("size", run.bytes());
        json.put("size_done", run.bytesDone());
        run.failure().ifPresent(failure -> {
            json.put("kind", failure.kind());
            json.put("error", failure.line());
        });
        return json;
    }

    private static Map<String, Object> node(BackupSummary.Node node) {
        Map<String, Object> json = new HashMap<>();
        json.put("fqdn", node.backup().node().value());
        json.put("started", node.backup().started().getEpochSecond());
        json.put(
                "finished",
                node.backup().finished().map(Instant::getEpochSecond).orElse(null));
        json.put("num_objects", node.stats().objects());
        json.put("size", node.stats().size());
        if (!node.stats().damaged().isEmpty()) {
            json.put("damaged", DamageJson.of(node.stats().damaged()));
        }
        json.put("server_type", node.version().serverType());
        json.put("release_version", node.version().releaseVersion());
        return json;
    }
}
