package io.medusa.cassandra.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is said of a program that failed. */
class ProgramSnapshotsTest {
    @TempDir
    Path directory;

    @Test
    void theReasonOfNodetoolStandsBeforeItsStackTrace() throws Exception {
        Path nodetool = directory.resolve("nodetool");
        Files.writeString(nodetool, """
                #!/bin/sh
                echo 'Requested creating snapshot(s) for [all keyspaces]'
                echo 'error: No space left on device'
                echo '-- StackTrace --'
                echo 'java.io.IOException: No space left on device'
                echo '        at java.base/sun.nio.ch.FileDispatcherImpl.write0(Native Method)' >&2
                exit 2
                """);
        Files.setPosixFilePermissions(nodetool, PosixFilePermissions.fromString("rwxr-xr-x"));

        ExternalCommand.Outcome outcome = new ExternalCommand(List.of(nodetool.toString())).run(Duration.ofMinutes(1));

        assertThat(outcome.exitStatus()).isEqualTo(2);
        assertThat(outcome.message())
                .isEqualTo("Requested creating snapshot(s) for [all keyspaces] error: No space left on device");
        assertThat(outcome.lastLine()).startsWith("at java.base");
    }
}
