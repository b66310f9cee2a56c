package io.medusa.cassandra.process;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The end of Cassandra's log. */
final class LogTail {
    private static final int ENOUGH = 16 * 1024;

    private LogTail() {}

    /** The last line that is no part of a stack trace. */
    static Optional<String> lastLine(Path log) {
        return last(lines(log), "");
    }

    /** The last line of an error, or else the last line. */
    static Optional<String> lastError(Path log) {
        List<String> lines = lines(log);
        return last(lines, "ERROR").or(() -> last(lines, ""));
    }

    private static Optional<String> last(List<String> lines, String beginning) {
        return lines.stream().filter(line -> line.startsWith(beginning)).reduce((first, last) -> last);
    }

    private static List<String> lines(Path log) {
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "r")) {
            long from = Math.max(0, file.length() - ENOUGH);
            byte[] bytes = new byte[(int) (file.length() - from)];
            file.seek(from);
            file.readFully(bytes);
            return new String(bytes, StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("\t") && !line.startsWith(" "))
                    .map(String::strip)
                    .toList();
        } catch (IOException unreadable) {
            return List.of();
        }
    }
}
