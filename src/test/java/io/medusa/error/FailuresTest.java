package io.medusa.error;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

final class FailuresTest {
    private static FailureKind kind(IOException failed) {
        return Failures.ofFile("writing /a/b", failed, FailureKind.LOCAL_FILE).kind();
    }

    /** A device that answers every write with ENOSPC. */
    @Test
    void aFullDiskIsRecognisedByWhatTheSystemSays() {
        Path full = Path.of("/dev/full");
        Assumptions.assumeTrue(Files.isWritable(full));
        IOException failed = catchThrowableOfType(IOException.class, () -> Files.write(full, new byte[1]));
        assertThat(Failures.isDiskFull(failed)).isTrue();
        assertThat(kind(failed)).isEqualTo(FailureKind.DISK_FULL);
    }

    @Test
    void aFullQuotaIsAFullDisk() {
        assertThat(kind(new FileSystemException("/a/b", null, "Disk quota exceeded")))
                .isEqualTo(FailureKind.DISK_FULL);
        assertThat(kind(new IOException("No space left on device"))).isEqualTo(FailureKind.DISK_FULL);
    }

    @Test
    void aReaderThatClosedThePipeIsRecognisedByWhatTheSystemSays() throws Exception {
        Process reader = new ProcessBuilder("sh", "-c", "exec <&-; echo closed; exec sleep 600").start();
        try {
            assertThat(reader.getInputStream().read()).isEqualTo('c');
            IOException failed = catchThrowableOfType(IOException.class, () -> {
                reader.getOutputStream().write(1);
                reader.getOutputStream().flush();
            });
            assertThat(Failures.isBrokenPipe(failed)).isTrue();
            assertThat(Failures.isDiskFull(failed)).isFalse();
        } finally {
            reader.destroyForcibly();
        }
    }

    /** In a locale with translations, the JDK reports what the C library says. */
    @Test
    void theWordsAreThoseOfTheSystem() {
        assertThat(Errno.BROKEN_PIPE.words(Optional.of(number -> number == 32 ? "Datenübergabe unterbrochen" : "")))
                .containsExactly("Datenübergabe unterbrochen");
        assertThat(Errno.BROKEN_PIPE.words(Optional.empty())).containsExactly("Broken pipe");
    }

    @Test
    void otherFailuresKeepTheirKindAndSayTheFile() {
        assertThat(kind(new IOException("Input/output error"))).isEqualTo(FailureKind.LOCAL_FILE);
        assertThat(Failures.ofFile("writing /a/b", new IOException("Input/output error"), FailureKind.LOCAL_FILE))
                .hasMessage("writing /a/b: Input/output error");
    }
}
