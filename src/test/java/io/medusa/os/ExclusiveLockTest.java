package io.medusa.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Within one process; {@code ProcessIT} shows it across processes. */
final class ExclusiveLockTest {
    @TempDir
    Path directory;

    @Test
    void oneAtATimeAndNoObstacleAfterwards() {
        try (ExclusiveLock first = ExclusiveLock.acquire(directory, "work.n1", "work on n1")) {
            assertThat(first).isNotNull();
            assertThat(ExclusiveLock.anyHeld(directory, "work.")).isTrue();
            assertThatThrownBy(() -> ExclusiveLock.acquire(directory, "work.n1", "work on n1"))
                    .hasMessageContaining("work on n1 is already running")
                    .extracting(failure -> ((MedusaException) failure).kind())
                    .isEqualTo(FailureKind.BUSY);
            ExclusiveLock.acquire(directory, "work.n2", "work on n2").close();
        }
        assertThat(ExclusiveLock.anyHeld(directory, "work.")).isFalse();
        ExclusiveLock.acquire(directory, "work.n1", "work on n1").close();
    }

    @Test
    void aThreadThatIsInterruptedMeanwhileDoesNotKeepIt() {
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> ExclusiveLock.acquire(directory, "work.n1", "work on n1"))
                    .isInstanceOf(MedusaException.class);
        } finally {
            boolean unused = Thread.interrupted();
        }
        ExclusiveLock.acquire(directory, "work.n1", "work on n1").close();
    }

    @Test
    void S6_aLinkInAWorldWritableDirectoryIsNotFollowed() throws IOException {
        Path victim = Files.writeString(directory.resolve("victim"), "precious");
        Files.createSymbolicLink(directory.resolve("work.n1.lock"), victim);
        assertThatThrownBy(() -> ExclusiveLock.acquire(directory, "work.n1", "work on n1"))
                .isInstanceOf(MedusaException.class);
        assertThat(victim).hasContent("precious");
    }

    @Test
    void aNameCannotLeaveTheDirectory() throws IOException {
        ExclusiveLock.acquire(directory, "../../work", "work").close();
        try (var files = Files.list(directory)) {
            assertThat(files.map(path -> path.getFileName().toString())).containsExactly(".._.._work.lock");
        }
    }

    @Test
    void aDirectoryThatDoesNotExistIsOneClearError() {
        assertThatThrownBy(() -> ExclusiveLock.acquire(directory.resolve("none"), "work", "work"))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("taking the lock");
    }

    @Test
    void whereAnybodyCanWriteNobodyElseCanHoldTheLock() throws IOException {
        Path shared = Files.createDirectory(directory.resolve("shared"));
        Files.setPosixFilePermissions(shared, java.nio.file.attribute.PosixFilePermissions.fromString("rwxrwxrwx"));
        // another user's file of the name that such locks had
        Path planted = Files.createFile(shared.resolve("work.n1.lock"));
        try (var channel = java.nio.channels.FileChannel.open(planted, java.nio.file.StandardOpenOption.WRITE);
                var held = channel.lock();
                ExclusiveLock own = ExclusiveLock.acquire(shared, "work.n1", "work on n1")) {
            assertThat(held.isValid()).isTrue();
            assertThat(ExclusiveLock.isHeld(shared, "work.n1")).isTrue();
            assertThat(ExclusiveLock.anyHeld(shared, "work.")).isTrue();
            assertThatThrownBy(() -> ExclusiveLock.acquire(shared, "work.n1", "work on n1"))
                    .hasMessageContaining("already running");
        }
        assertThat(ExclusiveLock.anyHeld(shared, "work.")).isFalse();
        assertThat(Files.getPosixFilePermissions(ExclusiveLock.privateDirectory()))
                .isEqualTo(java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
    }
}
