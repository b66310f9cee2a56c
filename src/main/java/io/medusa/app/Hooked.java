package io.medusa.app;

import io.medusa.backup.BackupNode;
import io.medusa.cluster.BackupCluster;
import io.medusa.cluster.NodeOutcome;
import io.medusa.cluster.RestoreCluster;
import io.medusa.hooks.Hook;
import io.medusa.hooks.Hooks;
import io.medusa.hooks.Hooks.Subject;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.restore.NodeRestoreRequest;
import io.medusa.restore.RestoreNode;
import io.medusa.restore.RestoreTable;
import io.medusa.verify.VerifyBackup;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** Runs flows between the operator's programs ({@code [hooks]}), and tells those what came of it. The flows know no hooks. */
public final class Hooked {
    private static final int MOST_FINDINGS = 20;

    private final Hooks hooks;
    private final NodeName node;

    Hooked(Hooks hooks, NodeName node) {
        this.hooks = hooks;
        this.node = node;
    }

    private Subject subject(String operation, Optional<BackupName> name) {
        return new Subject(operation, node.value(), name.map(BackupName::value).orElse(""));
    }

    private static Map<String, Object> fields(Object... namesAndValues) {
        Map<String, Object> fields = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            fields.put(String.valueOf(namesAndValues[i]), namesAndValues[i + 1]);
        }
        return fields;
    }

    BackupNode.Result backup(BackupName name, Supplier<BackupNode.Result> work) {
        return hooks.around(
                Hook.BEFORE_BACKUP,
                Hook.AFTER_BACKUP,
                subject("backup", Optional.of(name)),
                work,
                result -> Optional.of(fields(
                        "duration_seconds", result.duration().toMillis() / 1000.0,
                        "bytes", result.counts().bytes(),
                        "uploaded_bytes", result.counts().uploadedBytes(),
                        "damaged_files", result.damaged().size())));
    }

    BackupCluster.Result backupCluster(BackupName name, Supplier<BackupCluster.Result> work) {
        return hooks.around(
                Hook.BEFORE_BACKUP,
                Hook.AFTER_BACKUP,
                subject("backup-cluster", Optional.of(name)),
                work,
                result -> result.isComplete()
                        ? Optional.of(
                                fields("duration_seconds", result.duration().toMillis() / 1000.0))
                        : Optional.empty());
    }

    RestoreCluster.Result restoreCluster(BackupName name, Supplier<RestoreCluster.Result> work) {
        return hooks.around(
                Hook.BEFORE_RESTORE,
                Hook.AFTER_RESTORE,
                subject("restore-cluster", Optional.of(name)),
                work,
                result -> result.isComplete()
                        ? Optional.of(fields(
                                "duration_seconds",
                                result.duration().toMillis() / 1000.0,
                                "nodes",
                                result.outcomes().stream()
                                        .map(NodeOutcome::node)
                                        .map(NodeName::value)
                                        .toList()))
                        : Optional.empty());
    }

    /**
     * Restores this node. As a part of a cluster's restore it has no hooks of its own: they could no longer refuse anything, since other
     * nodes are down.
     */
    public RestoreNode.Result restoreNode(Supplier<RestoreNode> flow, NodeRestoreRequest request) {
        if (request.stayDownOnFailure()) {
            return flow.get().run(request);
        }
        return hooks.around(
                Hook.BEFORE_RESTORE,
                Hook.AFTER_RESTORE,
                subject("restore-node", Optional.of(request.name())),
                () -> flow.get().run(request),
                result -> Optional.of(fields(
                        "duration_seconds", result.duration().toMillis() / 1000.0,
                        "tables", result.tables(),
                        "bytes", result.bytes())));
    }

    /** Restores a table of this node. */
    public RestoreTable.Result restoreTable(Supplier<RestoreTable> flow, RestoreTable.Request request) {
        return hooks.around(
                Hook.BEFORE_RESTORE,
                Hook.AFTER_RESTORE,
                subject("restore-table", Optional.of(request.name())),
                () -> flow.get().run(request),
                result -> Optional.of(fields(
                        "duration_seconds",
                        result.duration().toMillis() / 1000.0,
                        "table",
                        request.table().toString())));
    }

    <T> T verify(VerifyBackup.Request request, Supplier<T> work, Function<T, VerifyBackup.Report> found) {
        Subject subject = subject("verify", request.name());
        T outcome = hooks.orFailure(subject, work);
        VerifyBackup.Report report = found.apply(outcome);
        long findings = report.results().stream()
                .mapToLong(result -> result.findings().size())
                .sum();
        if (findings > 0) {
            hooks.findings(
                    subject, fields("findings", findings, "backups", damaged(report), "first_findings", first(report)));
        }
        return outcome;
    }

    private static List<String> damaged(VerifyBackup.Report report) {
        return report.results().stream()
                .filter(result -> !result.findings().isEmpty())
                .map(result -> result.backup().name().value())
                .limit(MOST_FINDINGS)
                .toList();
    }

    private static List<Map<String, Object>> first(VerifyBackup.Report report) {
        return report.results().stream()
                .flatMap(result -> result.findings().stream())
                .limit(MOST_FINDINGS)
                .map(finding -> fields(
                        "node", finding.node().value(),
                        "backup", finding.name().value(),
                        "kind", finding.kind().name().toLowerCase(java.util.Locale.ROOT),
                        "key", finding.key()))
                .toList();
    }

    /** Deletes backups; has a program for failures only. */
    <T> T deletion(String operation, Supplier<T> work) {
        return hooks.orFailure(subject(operation, Optional.empty()), work);
    }
}
