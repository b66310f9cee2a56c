package io.medusa.cluster.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.wire.v1.Progress;
import org.junit.jupiter.api.Test;

/** What a coordinator shows of a node that answers over gRPC. */
final class ProgressLineTest {
    private final ProgressLine line = new ProgressLine();

    private void hear(String phase, long files, long filesDone, long bytes, long bytesDone) {
        line.hear(Progress.newBuilder()
                .setPhase(phase)
                .setFiles(files)
                .setFilesDone(filesDone)
                .setBytes(bytes)
                .setBytesDone(bytesDone)
                .build());
    }

    @Test
    void aNodeHasRateAndEta() {
        assertThat(line.line()).isEmpty();
        hear("Preparing", 0, 0, 0, 0);
        assertThat(line.line()).contains("Preparing");
        hear("Uploading", 9, 1, 1L << 40, 1L << 30);
        hear("Uploading", 9, 2, 1L << 40, 1L << 39);
        assertThat(line.line().orElseThrow())
                .matches("Uploading 50%, [0-9.]+ [KMGT]?B/s, ETA \\d+ \\w+, 2 of 9 files, 512.00 GB of 1.00 TB");
        hear("Copying", 3, 0, 100, 0);
        assertThat(line.line().orElseThrow()).startsWith("Copying 0%, ").endsWith("0 of 3 files, 0.00 B of 100.00 B");
    }
}
