package io.medusa.cluster;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Parses the log of a node's program, ours or one with the same log format (docs/compatibility.md 1.6). */
final class LogLines {
    private static final Pattern LINE =
            Pattern.compile("^(?:\\[[-0-9]+ [0-9:,]+\\] )?(DEBUG|INFO|WARNING|ERROR|CRITICAL): (.*)$");

    private LogLines() {}

    /** The last line, without time and level. */
    static String message(String log) {
        List<String> lines = log.lines().filter(line -> !line.isBlank()).toList();
        return lines.isEmpty() ? "" : message(LINE.matcher(lines.get(lines.size() - 1)), lines.get(lines.size() - 1));
    }

    private static String message(Matcher line, String otherwise) {
        return line.matches() ? line.group(2) : otherwise.strip();
    }

    /** The last error, otherwise the last line. */
    static Optional<String> cause(String log) {
        Optional<String> found = Optional.empty();
        for (String text : log.lines().toList()) {
            Matcher line = LINE.matcher(text);
            if (line.matches()
                    && (line.group(1).equals("ERROR") || line.group(1).equals("CRITICAL"))) {
                found = Optional.of(line.group(2));
            }
        }
        return found.isPresent() ? found : Optional.of(message(log)).filter(line -> !line.isEmpty());
    }
}
