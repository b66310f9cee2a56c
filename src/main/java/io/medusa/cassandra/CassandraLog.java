package io.medusa.cassandra;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The log of a node, searched for the causes of failures. Lines have Cassandra's default layout, which starts with the
 * level; the lines of an exception follow.
 *
 * @param file may be missing or unreadable; then nothing is found
 */
public record CassandraLog(Path file) {
    private static final int AT_MOST = 16 << 20;
    private static final int A_FEW_LINES = 16 << 10;
    private static final Pattern ENTRY = Pattern.compile("^\\s*(TRACE|DEBUG|INFO|WARN|ERROR)\\b.*");
    private static final Pattern COMPLAINT = Pattern.compile("^\\s*(WARN|ERROR)\\b.*");
    private static final Pattern CAUSE =
            Pattern.compile("^(?:Caused by: )?(?:[A-Za-z_$][\\w$]*\\.)+([\\w$]*(?:Exception|Error))(?:: (.*))?$");
    /** Of every {@code CorruptSSTableException}; the file follows. */
    private static final String CORRUPTED = "Corrupted: ";
    /** One of the first lines that a starting node logs. */
    private static final String START = "JVM vendor/version: ";

    /** The log in the directory that Cassandra logs to. */
    public static CassandraLog in(Path directory) {
        return new CassandraLog(directory.resolve("system.log"));
    }

    /**
     * The last complaint since the node's last start, in one line: the innermost cause of the last warning or error that
     * names it.
     *
     * @param about such as a file name; looked for in the entry's lines
     */
    public Optional<String> complaint(String about) {
        List<String> lines;
        try {
            lines = tail().lines().toList();
        } catch (IOException unreadable) {
            return Optional.empty();
        }
        List<String> entry = new ArrayList<>();
        Optional<String> found = Optional.empty();
        for (String line : lines) {
            if (ENTRY.matcher(line).matches()) {
                Optional<String> reason = reason(entry, about);
                found = line.contains(START) ? Optional.empty() : reason.isPresent() ? reason : found;
                entry.clear();
            }
            entry.add(line);
        }
        Optional<String> last = reason(entry, about);
        return last.isPresent() ? last : found;
    }

    /** The corrupt SSTable that kept the node from starting, with the error, if that is the cause. */
    public Optional<String> corruptSSTable() {
        return complaint(CORRUPTED)
                .map(why ->
                        named(CORRUPTED).map(file -> file + " (" + why + ")").orElse(why));
    }

    private Optional<String> named(String before) {
        try {
            return tail().lines()
                    .filter(line -> line.contains(before))
                    .map(line -> line.substring(line.indexOf(before) + before.length())
                            .strip())
                    .reduce((first, last) -> last);
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    private static Optional<String> reason(List<String> entry, String about) {
        if (entry.isEmpty()
                || !COMPLAINT.matcher(entry.get(0)).matches()
                || entry.stream().noneMatch(line -> line.contains(about))) {
            return Optional.empty();
        }
        String reason = entry.get(0).strip();
        for (String line : entry) {
            var cause = CAUSE.matcher(line);
            if (cause.matches()) {
                boolean isSilent = cause.group(2) == null || cause.group(2).equals("null");
                reason = isSilent ? cause.group(1) : cause.group(2);
            }
        }
        return Optional.of(reason.length() > 400 ? reason.substring(0, 400) + "..." : reason);
    }

    /** The last line that is not part of a stack trace. */
    public Optional<String> lastLine() {
        return last("");
    }

    /** The last line of an error, or else the last line. */
    public Optional<String> lastError() {
        return last("ERROR").or(this::lastLine);
    }

    private Optional<String> last(String beginning) {
        try {
            return tail(A_FEW_LINES)
                    .lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("\t") && !line.startsWith(" "))
                    .filter(line -> line.startsWith(beginning))
                    .reduce((first, last) -> last)
                    .map(String::strip);
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }

    private String tail() throws IOException {
        return tail(AT_MOST);
    }

    private String tail(int atMost) throws IOException {
        try (FileChannel channel = FileChannel.open(file)) {
            long size = channel.size();
            ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(size, atMost));
            long at = size - buffer.capacity();
            while (buffer.hasRemaining() && channel.read(buffer, at + buffer.position()) >= 0) {
                // until it is full, or the file has become shorter
            }
            return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
        }
    }
}
