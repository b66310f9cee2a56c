package io.medusa;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What code and tests cite exists: ids in {@code docs/scenarios.md}, sections in {@code docs/compatibility.md}. */
final class CitationsTest {
    private static final Pattern TEST_NAME = Pattern.compile("void ((?:(?:row)?[DBPS]?\\d+_)+)[a-z]");
    private static final Pattern WORD = Pattern.compile("(?<![\\w/-])([DBPS])(\\d{1,2})(?=[:,. )_]|$)");
    private static final Pattern ROW = Pattern.compile("\\brow (\\d{1,2})\\b");
    private static final Pattern SECTIONS =
            Pattern.compile("docs/compatibility\\.md ((?:\\d+(?:\\.\\d+)?(?:, (?=\\d)| and (?=\\d)|–(?=\\d))?)+)");

    @Test
    void everyIdIsInTheLegend() throws IOException {
        Set<String> legend = new TreeSet<>();
        Matcher row =
                Pattern.compile("(?m)^\\| ([DBPS]?\\d+) \\|").matcher(Files.readString(Path.of("docs/scenarios.md")));
        while (row.find()) {
            assertThat(legend.add(row.group(1)))
                    .as("listed once: " + row.group(1))
                    .isTrue();
        }
        Map<String, String> used = ids();
        assertThat(used).as("the search finds ids").containsKeys("D1", "B27", "9", "P15", "S7");
        used.keySet().removeAll(legend);
        assertThat(used).as("ids that docs/scenarios.md does not explain").isEmpty();
    }

    private static Map<String, String> ids() throws IOException {
        Map<String, String> used = new TreeMap<>();
        for (Path file : sources("src/test/java")) {
            for (String line : Files.readAllLines(file)) {
                String where = file.getFileName() + ": " + line.strip();
                Matcher name = TEST_NAME.matcher(line);
                while (name.find()) {
                    for (String id : name.group(1).split("_", 0)) {
                        used.put(id.replaceFirst("^row", "").replaceFirst("^0+", ""), where);
                    }
                }
                if (line.strip().startsWith("*") || line.contains("//") || line.contains(".as(")) {
                    Matcher word = WORD.matcher(line);
                    while (word.find()) {
                        used.put(word.group(1) + word.group(2), where);
                    }
                    Matcher number = ROW.matcher(line);
                    while (number.find()) {
                        used.put(number.group(1), where);
                    }
                }
            }
        }
        return used;
    }

    @Test
    void everyCitedSectionExists() throws IOException {
        Set<String> sections = new TreeSet<>();
        Matcher heading = Pattern.compile("(?m)^###? (\\d+(?:\\.\\d+)?)\\.? ")
                .matcher(Files.readString(Path.of("docs/compatibility.md")));
        while (heading.find()) {
            sections.add(heading.group(1));
        }
        Map<String, String> cited = new TreeMap<>();
        for (Path file : sources("src")) {
            assertThat(Files.readString(file))
                    .as(file + ": cite docs/compatibility.md")
                    .doesNotContain("compat" + ".md");
            String text = Files.readString(file).replaceAll("\\s*\\n\\s*\\*? *", " ");
            Matcher citation = SECTIONS.matcher(text);
            while (citation.find()) {
                for (String section : citation.group(1).split("[^0-9.]+", 0)) {
                    cited.put(section, file.getFileName() + ": " + citation.group());
                }
            }
        }
        assertThat(cited).as("the search finds sections").containsKeys("1.4", "4", "8.2");
        cited.keySet().removeAll(sections);
        assertThat(cited)
                .as("sections that docs/compatibility.md does not have")
                .isEmpty();
    }

    private static List<Path> sources(String root) throws IOException {
        List<Path> sources = new ArrayList<>();
        try (Stream<Path> paths = Files.walk(Path.of(root))) {
            paths.filter(path -> path.toString().endsWith(".java")).forEach(sources::add);
        }
        return sources;
    }
}
