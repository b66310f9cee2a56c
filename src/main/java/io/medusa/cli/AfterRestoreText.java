package io.medusa.cli;

import io.medusa.restore.AfterRestore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What is left to do after a restore of one node, for people and for programs. */
final class AfterRestoreText {
    private AfterRestoreText() {}

    static List<String> lines(AfterRestore after) {
        List<String> lines = new ArrayList<>();
        if (!after.commands().isEmpty()) {
            lines.add("- Run on this node afterwards: " + String.join(" && ", after.commands()));
        }
        after.notes().forEach(note -> lines.add("- Note: " + note));
        return lines;
    }

    static Map<String, Object> json(AfterRestore after) {
        return Map.of("commands", after.commands(), "notes", after.notes());
    }
}
