package io.medusa.model;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which SSTables of a cluster backup one node imports.
 *
 * @param sources the names of SSTables, such as {@code nb-1-big}, by backed-up node and by table directory in its backup
 * @param cleanUp tables that may receive rows of token ranges that the node does not own
 */
public record ImportPlan(
        BackupName name, Map<NodeName, Map<TableDirectory, Set<String>>> sources, Set<TableName> cleanUp) {
    private static final String FIRST_LINE = "medusa-import 1";

    /** The plan as text: one item per line, words separated by single blanks. */
    public String text() {
        StringBuilder text = new StringBuilder(FIRST_LINE).append('\n');
        text.append("backup ").append(name).append('\n');
        cleanUp.forEach(table -> text.append("cleanup ")
                .append(table.keyspace())
                .append(' ')
                .append(table.table())
                .append('\n'));
        sources.forEach((node, tables) -> {
            text.append("node ").append(node).append('\n');
            tables.forEach((table, sstables) -> {
                text.append("table ")
                        .append(table.keyspace())
                        .append(' ')
                        .append(table.directory())
                        .append('\n');
                sstables.forEach(
                        sstable -> text.append("sstable ").append(sstable).append('\n'));
            });
        });
        return text.append("end\n").toString();
    }

    /**
     * Parses the text.
     *
     * @throws MedusaException if it is truncated or malformed
     */
    public static ImportPlan parse(List<String> lines) {
        if (lines.isEmpty()
                || !lines.get(0).equals(FIRST_LINE)
                || !lines.get(lines.size() - 1).equals("end")) {
            throw bad("it is cut off, or was written by another version");
        }
        List<BackupName> name = new ArrayList<>();
        Map<NodeName, Map<TableDirectory, Set<String>>> sources = new LinkedHashMap<>();
        Set<TableName> cleanUp = new TreeSet<>(java.util.Comparator.comparing(TableName::toString));
        NodeName node = null;
        TableDirectory table = null;
        for (String line : lines.subList(1, lines.size() - 1)) {
            boolean oneName = line.startsWith("backup ") || line.startsWith("node ");
            String[] words = line.split(" ", oneName ? 2 : -1);
            switch (words[0] + "/" + words.length) {
                case "backup/2" -> name.add(new BackupName(words[1]));
                case "cleanup/3" -> cleanUp.add(new TableName(words[1], words[2]));
                case "node/2" -> {
                    node = new NodeName(words[1]);
                    sources.put(node, new LinkedHashMap<>());
                    table = null;
                }
                case "table/3" -> {
                    table = new TableDirectory(words[1], words[2]);
                    tables(sources, node).put(table, new TreeSet<>());
                }
                case "sstable/2" -> {
                    if (table == null) {
                        throw bad("an SSTable belongs to no table");
                    }
                    Objects.requireNonNull(tables(sources, node).get(table)).add(words[1]);
                }
                default -> throw bad("it has a line that is none of its own: " + line);
            }
        }
        if (name.size() != 1) {
            throw bad("it names no backup");
        }
        return new ImportPlan(name.get(0), sources, cleanUp);
    }

    private static Map<TableDirectory, Set<String>> tables(
            Map<NodeName, Map<TableDirectory, Set<String>>> sources, @org.jspecify.annotations.Nullable NodeName node) {
        if (node == null) {
            throw bad("a table belongs to no node");
        }
        return Objects.requireNonNull(sources.get(node));
    }

    private static MedusaException bad(String why) {
        return new MedusaException(FailureKind.USAGE, "the plan of an import cannot be used: " + why);
    }
}
