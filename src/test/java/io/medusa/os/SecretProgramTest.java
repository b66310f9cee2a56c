package io.medusa.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SecretProgramTest {
    private static String output(String script) throws IOException {
        return SecretProgram.output(List.of("/bin/sh", "-c", script), Duration.ofSeconds(20));
    }

    @Test
    void whatAProgramPrintsIsReadAlsoIfAChildKeepsThePipeOpen() throws IOException {
        assertThat(output("printf secret")).isEqualTo("secret");
        assertThat(output("sleep 300 & echo $! ; echo secret"))
                .endsWith("secret\n")
                .satisfies(text -> ProcessHandle.of(
                                Long.parseLong(text.lines().findFirst().orElseThrow()))
                        .ifPresent(ProcessHandle::destroyForcibly));
    }

    @Test
    void aProgramThatTakesTooLongIsEndedWithItsChildren() {
        assertThatThrownBy(
                        () -> SecretProgram.output(List.of("/bin/sh", "-c", "sleep 300; true"), Duration.ofMillis(200)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("did not end within");
    }
}
