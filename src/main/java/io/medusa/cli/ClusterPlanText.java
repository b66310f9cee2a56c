package io.medusa.cli;

import io.medusa.cluster.ClusterRestorePlan;
import io.medusa.cluster.ClusterRestorePlan.Method;
import io.medusa.model.NodeName;
import io.medusa.report.Text;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** What a restore of a cluster will do, for people and for programs. */
final class ClusterPlanText {
    private ClusterPlanText() {}

    static List<String> lines(ClusterRestorePlan plan) {
        List<String> lines = new ArrayList<>();
        boolean byNodes = plan.method() == Method.NODES;
        TextTable table = byNodes
                ? new TextTable("TARGET", "SOURCE", "HOW", "SEED", "SIZE>")
                : new TextTable("TARGET", "SOURCES", "SSTABLES>", "SIZE>");
        for (ClusterRestorePlan.Move move : plan.moves()) {
            String sources = move.sources().stream().map(NodeName::value).collect(Collectors.joining(", "));
            if (byNodes) {
                table.row(
                        move.target().value(),
                        sources,
                        move.inPlace() ? "in place" : "remote",
                        move.seed() ? "yes" : "",
                        Text.size(move.bytes()));
            } else {
                table.row(
                        move.target().value(),
                        sources,
                        plan.method() == Method.IMPORT ? String.valueOf(move.sstables()) : "all",
                        Text.size(move.bytes()));
            }
        }
        lines.addAll(table.lines());
        lines.add(
                switch (plan.method()) {
                    case NODES ->
                        "- Node to node (" + plan.why()
                                + "): every node stages its data, then all stop, swap it and start";
                    case IMPORT -> "- By import (" + plan.why() + "): the nodes keep running and import the SSTables";
                    case SSTABLELOADER -> "- By sstableloader (" + plan.why() + "): the nodes keep running";
                });
        lines.add("- Total: " + Text.size(plan.bytes()));
        for (ClusterRestorePlan.TableAction action : ClusterRestorePlan.TableAction.values()) {
            String names = plan.tables().entrySet().stream()
                    .filter(entry -> entry.getValue() == action)
                    .map(entry -> entry.getKey().toString())
                    .collect(Collectors.joining(", "));
            if (!names.isEmpty()) {
                lines.add(
                        switch (action) {
                            case CREATE -> "- Tables to create: " + names;
                            case TRUNCATE -> "- Tables to truncate first: " + names;
                            case RECREATE -> "- Tables to drop and recreate as in the backup: " + names;
                        });
            }
        }
        plan.warnings().forEach(warning -> lines.add("- Note: " + warning));
        return lines;
    }

    static Map<String, Object> json(ClusterRestorePlan plan) {
        Map<String, Object> json = new TreeMap<>();
        json.put("name", plan.name().value());
        json.put("dry_run", true);
        json.put("method", plan.method().name().toLowerCase(Locale.ROOT));
        json.put("reason", plan.why());
        json.put("size", plan.bytes());
        json.put(
                "nodes",
                plan.moves().stream()
                        .map(move -> {
                            Map<String, Object> row = new TreeMap<>();
                            row.put("target", move.target().value());
                            row.put(
                                    "sources",
                                    move.sources().stream().map(NodeName::value).toList());
                            row.put("in_place", move.inPlace());
                            row.put("seed", move.seed());
                            row.put("sstables", move.sstables());
                            row.put("size", move.bytes());
                            return row;
                        })
                        .toList());
        Map<String, Object> tables = new TreeMap<>();
        plan.tables()
                .forEach((table, action) ->
                        tables.put(table.toString(), action.name().toLowerCase(Locale.ROOT)));
        json.put("tables", tables);
        json.put("warnings", plan.warnings());
        return json;
    }
}
