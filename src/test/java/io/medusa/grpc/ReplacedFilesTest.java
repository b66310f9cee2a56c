package io.medusa.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.medusa.os.ProgramFiles;
import io.medusa.wire.GetBackupsRequest;
import io.medusa.wire.MedusaGrpc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReplacedFilesTest {
    @TempDir
    Path directory;

    @Test
    void aServiceWhoseFilesAreReplacedSaysSoAndBeginsNothing() throws Exception {
        Path lib = Files.createDirectory(directory.resolve("lib"));
        Path jar = Files.writeString(lib.resolve("medusa.jar"), "as started");
        try (ServedNode node = new ServedNode(directory, "n1");
                MedusaServer server = new MedusaServer(
                        new MedusaServer.Settings(
                                Optional.of("127.0.0.1"), 0, 1 << 20, 1 << 20, Optional.empty(), directory),
                        node.program(),
                        ProgramFiles.of(Optional.of(lib)))) {
            server.start();
            ManagedChannel channel = Grpc.newChannelBuilderForAddress(
                            "127.0.0.1", server.port(), InsecureChannelCredentials.create())
                    .build();
            try {
                Files.writeString(lib.resolve("medusa.jsa"), "made later, and no reason");
                assertThat(health(channel)).isEqualTo(ServingStatus.SERVING);
                MedusaGrpc.MedusaBlockingStub client = MedusaGrpc.newBlockingStub(channel);
                assertThat(client.getBackups(GetBackupsRequest.getDefaultInstance())
                                .getBackupsCount())
                        .isZero();
                // as packages do: another file of the same name
                Files.move(
                        Files.writeString(lib.resolve("new"), "as started"), jar, StandardCopyOption.REPLACE_EXISTING);
                assertThat(health(channel)).isEqualTo(ServingStatus.NOT_SERVING);
                assertThatThrownBy(() -> client.getBackups(GetBackupsRequest.getDefaultInstance()))
                        .hasMessageContaining("files were replaced")
                        .hasMessageContaining("Restart it");
            } finally {
                channel.shutdownNow();
            }
        }
    }

    private static ServingStatus health(ManagedChannel channel) {
        return HealthGrpc.newBlockingStub(channel)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus();
    }
}
