package io.medusa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.cluster.ClusterView;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a terminal shows while many nodes work. */
final class TerminalClusterViewTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final ClusterView view = new TerminalClusterView(new PrintStream(bytes, true, StandardCharsets.UTF_8));

    /** The screen after all that was printed: cursor movements and clearing carried out. */
    private List<String> screen() {
        StringBuilder text = new StringBuilder();
        String[] parts = bytes.toString(StandardCharsets.UTF_8).split("(?=\033\\[)");
        for (String part : parts) {
            String rest = part.replaceFirst("^\033\\[[0-9]*[AJ]", "");
            if (part.matches("(?s)\033\\[[0-9]+A.*")) {
                int up = Integer.parseInt(part.replaceFirst("(?s)^\033\\[([0-9]+)A.*$", "$1"));
                for (int i = 0; i < up; i++) {
                    text.setLength(text.lastIndexOf("\n", text.length() - 2) + 1);
                }
            }
            text.append(rest);
        }
        return text.toString()
                .lines()
                .map(line -> line.replaceAll(", 0\\.0 s|, 0 s", ""))
                .toList();
    }

    @Test
    void aLineForEachNodeThatWorksAndOneForAll() {
        ClusterView.Phase phase = view.begin("Uploading", List.of("db1", "database2", "db3"));
        phase.started("db1");
        phase.started("database2");
        phase.says("database2", "Uploading: 3 of 9 files, 1.00 GB of 3.00 GB, 50.00 MB/s, 40 s left");
        assertThat(screen())
                .hasSize(3)
                .startsWith(
                        "db1        begins",
                        "database2  Uploading: 3 of 9 files, 1.00 GB of 3.00 GB, 50.00 MB/s, 40 s left");
        assertThat(screen().get(2)).startsWith("Uploading  0 of 3 nodes done, 2 at work");
        phase.ended("db1", false, "the disk is full");
        phase.ended("database2", true, "");
        phase.started("db3");
        assertThat(screen()).startsWith("db1        FAILED: the disk is full", "db3        begins");
        assertThat(screen().get(2)).startsWith("Uploading  2 of 3 nodes done, 1 failed, 1 at work");
        phase.ended("db3", true, "");
        phase.close();
        assertThat(screen()).containsExactly("db1        FAILED: the disk is full");
    }

    @Test
    void aThousandNodesDoNotFloodTheScreen() {
        List<String> hosts = java.util.stream.IntStream.range(0, 1000)
                .mapToObj(i -> "db" + i)
                .toList();
        try (ClusterView.Phase phase = view.begin("Snapshot", hosts)) {
            hosts.forEach(phase::started);
            assertThat(screen()).hasSizeLessThanOrEqualTo(24);
            phase.says("db0", "x".repeat(500));
            assertThat(screen()).allSatisfy(line -> assertThat(line).hasSizeLessThan(200));
        }
        assertThat(screen()).isEmpty();
    }
}
