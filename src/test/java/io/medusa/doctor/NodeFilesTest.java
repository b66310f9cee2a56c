package io.medusa.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.cassandra.CassandraNode;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import io.medusa.model.NodeName;
import io.medusa.testing.FakeCassandraNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What doctor says of the node's files. */
final class NodeFilesTest {
    @TempDir
    Path directory;

    private CassandraNode node;

    @BeforeEach
    void node() throws IOException {
        node = new FakeCassandraNode(directory.resolve("data"), new NodeName("n1")).node();
    }

    private Check staged() {
        return NodeFiles.checks(node, directory, Instant.now()).stream()
                .filter(check -> check.subject().equals("node: staged files"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void abandonedImportsAreShownWithTheSpaceThatTheyTake() throws IOException {
        assertThat(staged().outcome()).isEqualTo(Outcome.OK);
        Path staging = Files.createDirectories(directory.resolve(".medusa-data/import-monday-ks.t"));
        Path fetched = Files.write(staging.resolve("nb-1-big-Data.db"), new byte[2048 * 1024]);
        Path live = Files.write(directory.resolve("data/nb-2-big-Data.db"), new byte[4096 * 1024]);
        Files.createLink(staging.resolve("nb-2-big-Data.db"), live);
        assertThat(staged().outcome()).as("it may still run").isEqualTo(Outcome.OK);
        assertThat(staged().detail()).contains(staging + " (2 MB, last used ");
        Files.setLastModifiedTime(staging, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        assertThat(staged().outcome()).isEqualTo(Outcome.WARNING);
        assertThat(staged().detail())
                .contains(staging + " (2 MB, last used ")
                .endsWith("the next restore or import on this node removes imports that are older than a day");
        assertThat(fetched).as("doctor only looks").exists();
    }
}
