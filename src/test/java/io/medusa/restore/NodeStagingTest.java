package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.os.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands that did not end leave beside the data directories. */
final class NodeStagingTest {
    @TempDir
    Path directory;

    private Path one;
    private Path two;

    @BeforeEach
    void dataDirectories() throws IOException {
        one = Files.createDirectories(directory.resolve("one"));
        two = Files.createDirectories(directory.resolve("two"));
    }

    private NodeStaging staging(String id) {
        return new NodeStaging(id, List.of(one, two), Privileges.over(one, false));
    }

    private Path staged(Path dataDirectory, String id, Duration age) throws IOException {
        Path staging = dataDirectory
                .resolveSibling(".medusa-" + dataDirectory.getFileName())
                .resolve(id);
        Path file = staging.resolve("new/ks/t-" + "1".repeat(32) + "/nb-1-big-Data.db");
        Files.createDirectories(file.getParent());
        Files.writeString(file, "staged");
        Files.setLastModifiedTime(staging, FileTime.from(Instant.now().minus(age)));
        return staging;
    }

    @Test
    void anAbandonedImportDoesNotFillTheDiskForGood() throws IOException {
        Path abandoned = staged(one, "import-monday-ks.t", Duration.ofHours(25));
        Path abandonedToo = staged(two, "import-monday-ks.t", Duration.ofHours(25));
        staging("restore-tuesday").prepare();
        assertThat(abandoned).doesNotExist();
        assertThat(abandonedToo).doesNotExist();
        try (Stream<Path> left = Files.list(abandoned.getParent())) {
            assertThat(left).containsExactly(abandoned.resolveSibling("restore-tuesday"));
        }
    }

    @Test
    void anImportThatMayBeResumedKeepsWhatItHasStaged() throws IOException {
        Path recent = staged(one, "import-monday-ks.t", Duration.ofHours(23));
        Path own = staged(one, "import-monday-ks.other", Duration.ofDays(9));
        Path restore = staged(one, "restore-sunday", Duration.ofDays(9));
        staging("import-monday-ks.other").prepare();
        assertThat(recent.resolve("new")).isNotEmptyDirectory();
        assertThat(own.resolve("new")).as("this one").isNotEmptyDirectory();
        assertThat(restore.resolve("new")).as("restores have a journal").isNotEmptyDirectory();
        staging("import-tuesday-ks.t").prepare();
        assertThat(own.resolve("new")).as("resumed just now").isNotEmptyDirectory();
    }
}
