package io.medusa.cli;

import io.medusa.model.Count;
import io.medusa.model.Coverage;
import io.medusa.model.NodeName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** Whether a backup holds every token range, for people and for programs. */
final class CoverageText {
    private CoverageText() {}

    static List<String> lines(Coverage coverage) {
        if (coverage.isWhole()) {
            return List.of("- Coverage: every token range of "
                    + Count.of(coverage.keyspaces().size(), "replicated keyspace") + " is backed up");
        }
        List<String> lines = new ArrayList<>();
        coverage.keyspaces().stream()
                .filter(keyspace -> !keyspace.isWhole())
                .forEach(keyspace -> lines.add("- Coverage: " + keyspace.covered() + " of " + keyspace.ranges()
                        + " token ranges of keyspace " + keyspace.keyspace() + " are backed up; the others are on "
                        + keyspace.wanting().stream().map(NodeName::value).collect(Collectors.joining(", "))));
        return lines;
    }

    static Map<String, Object> json(Coverage coverage) {
        Map<String, Object> json = new TreeMap<>();
        json.put("complete", coverage.isWhole());
        json.put(
                "keyspaces",
                coverage.keyspaces().stream()
                        .map(keyspace -> {
                            Map<String, Object> row = new TreeMap<>();
                            row.put("keyspace", keyspace.keyspace());
                            row.put("ranges", keyspace.ranges());
                            row.put("covered", keyspace.covered());
                            row.put(
                                    "wanting",
                                    keyspace.wanting().stream()
                                            .map(NodeName::value)
                                            .toList());
                            return row;
                        })
                        .toList());
        return json;
    }
}
