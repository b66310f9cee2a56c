package io.medusa.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.medusa.testing.Guide;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What the documents show is there, and is run somewhere. */
final class DocumentsTest {
    /** What is not run by the words of the documents, and the test that runs its like. */
    private static final Map<String, String> ELSEWHERE = Map.of(
            "medusa --fqdn 10.0.0.7 restore-node", "real/RestoreIT.java",
            "medusa restore-cluster --backup-name monday --dry-run", "real/ClusterRestoreIT.java",
            "medusa restore-cluster --backup-name monday --table shop.orders -y", "real/ClusterRestoreIT.java",
            "medusa status --backup-name partial", "real/ClusterBackupIT.java",
            "medusa backup-cluster --backup-name monday --via grpc", "real/ClusterByServicesIT.java",
            "medusa backup-cluster --backup-name monday", "real/ClusterBackupIT.java");

    private static List<Path> documents() throws IOException {
        List<Path> documents = new ArrayList<>(List.of(Path.of("README.md"), Path.of("CONTRIBUTING.md")));
        try (Stream<Path> files = Files.list(Path.of("docs"))) {
            files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(documents::add);
        }
        return documents;
    }

    /** Words of a line as a shell takes them; the documents use single quotes only. */
    private static String[] words(String line) {
        List<String> words = new ArrayList<>();
        Matcher word = Pattern.compile("'([^']*)'|(\\S+)").matcher(line);
        while (word.find()) {
            words.add(word.group(1) == null ? word.group(2) : word.group(1));
        }
        return words.toArray(String[]::new);
    }

    @Test
    void everyCommandShownIsUnderstoodAndRunBySomeTest() throws IOException {
        List<Guide.Shown> all = new ArrayList<>();
        for (Path document : documents()) {
            all.addAll(Guide.commands(document));
        }
        assertThat(all).hasSizeGreaterThan(30);
        all.removeIf(shown -> !shown.line().startsWith("medusa"));
        for (Guide.Shown shown : all) {
            String[] words = words(shown.line());
            assertThatCode(() -> new MedusaCommand(Map.of())
                            .commandLine()
                            .parseArgs(Arrays.copyOfRange(words, 1, words.length)))
                    .as(shown.toString())
                    .doesNotThrowAnyException();
            boolean guided = Files.readString(Path.of("src/test/java/io/medusa/real/GuideIT.java"))
                    .contains("\"" + shown.document().getFileName() + "\"");
            assertThat(guided || elsewhere(shown.line()).isPresent())
                    .as("who runs " + shown)
                    .isTrue();
        }
    }

    /** The test that runs something like this instead. */
    static java.util.Optional<String> elsewhere(String line) {
        return ELSEWHERE.entrySet().stream()
                .filter(entry -> line.startsWith(entry.getKey()))
                .map(Map.Entry::getValue)
                .findFirst();
    }

    @Test
    void whatIsRunElsewhereIsRunThere() throws IOException {
        for (Map.Entry<String, String> entry : ELSEWHERE.entrySet()) {
            String test = Files.readString(Path.of("src/test/java/io/medusa", entry.getValue()));
            String command = Stream.of("restore-node", "restore-cluster", "status", "backup-cluster")
                    .filter(entry.getKey()::contains)
                    .findFirst()
                    .orElseThrow();
            assertThat(test).as(entry.toString()).contains("\"" + command + "\"");
        }
    }

    @Test
    void linksLeadSomewhere() throws IOException {
        Pattern link = Pattern.compile("\\]\\(([^)#:]+)?(#[^)]+)?\\)");
        for (Path document : documents()) {
            Matcher found = link.matcher(Files.readString(document));
            while (found.find()) {
                Path target = found.group(1) == null
                        ? document
                        : document.resolveSibling(found.group(1)).normalize();
                assertThat(Files.exists(target))
                        .as(document + " -> " + found.group())
                        .isTrue();
                if (found.group(2) != null) {
                    String anchors = Files.readAllLines(target).stream()
                            .filter(line -> line.startsWith("#"))
                            .map(line -> "#"
                                    + line.replaceFirst("#+ ", "")
                                            .toLowerCase(java.util.Locale.ROOT)
                                            .replaceAll("[^a-z0-9 -]", "")
                                            .replace(' ', '-'))
                            .collect(Collectors.joining("\n", "\n", "\n"));
                    assertThat(anchors).as(document + " -> " + found.group()).contains("\n" + found.group(2) + "\n");
                }
            }
        }
    }
}
