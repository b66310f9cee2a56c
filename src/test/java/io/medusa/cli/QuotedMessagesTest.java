package io.medusa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Whoever searches the guide for a message of the program finds it there word for word. */
final class QuotedMessagesTest {
    /** What Cassandra, the JDK or gRPC say. */
    private static final Set<String> OTHERS =
            Set.of("Detected unreadable sstables", "/A_RESTORE_WAS_INTERRUPTED", ": Connection refused");

    private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\n]|\\\\.)*)\"");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `([^`]+)`");
    private static final Pattern LOG_LINE =
            Pattern.compile("(?m)^    (?:\\[[^\\]]+\\] )?(?:INFO|WARNING|ERROR): (.*)$");

    private static String literals;
    private static String guide;

    @BeforeAll
    static void read() throws IOException {
        StringBuilder all = new StringBuilder();
        try (Stream<Path> sources = Files.walk(Path.of("src/main/java"))) {
            for (Path source :
                    sources.filter(file -> file.toString().endsWith(".java")).collect(Collectors.toList())) {
                String joined = Files.readString(source).replaceAll("\"\\s*\\+\\s*\"", "");
                Matcher literal = LITERAL.matcher(joined);
                while (literal.find()) {
                    all.append(literal.group(1).replace("\\\"", "\"")).append('\n');
                }
            }
        }
        literals = all.toString();
        guide = Files.readString(Path.of("docs/guide.md"));
    }

    private static List<String> quoted(Pattern pattern, String text) {
        List<String> found = new ArrayList<>();
        Matcher matcher = pattern.matcher(text);
        while (matcher.find()) {
            found.add(matcher.group(1));
        }
        return found;
    }

    /** The parts that no literal has. */
    private static List<String> unknown(String message, String variable) {
        return Arrays.stream(message.split(variable))
                .map(String::strip)
                .filter(part -> part.length() > 2)
                .filter(part -> !literals.contains(part) && !OTHERS.contains(part))
                .toList();
    }

    @Test
    void everyMessageOfTheTroubleshootingTableIsOneOfTheProgram() {
        List<String> messages = quoted(ROW, guide.substring(guide.indexOf("## Troubleshooting")));
        assertThat(messages).hasSizeGreaterThan(40);
        for (String message : messages) {
            assertThat(unknown(message, "\\.\\.\\.|[0-9]+")).as(message).isEmpty();
        }
    }

    @Test
    void everyLogLineShownIsOneOfTheProgram() {
        List<String> lines = quoted(LOG_LINE, guide);
        assertThat(lines).hasSizeGreaterThan(10);
        for (String line : lines) {
            // names, numbers and plurals vary
            assertThat(unknown(
                                    line,
                                    "[0-9.,]*[0-9]\\S*|[:(),;]|\\b(?:monday|single|shop\\.orders|files?|keyspaces?|is|are)\\b|nb-\\S*|\\bb[0-9]\\b|\\s{2,}")
                            .stream()
                            .filter(part -> part.contains(" "))
                            .toList())
                    .as(line)
                    .isEmpty();
        }
    }
}
