package io.medusa.cassandra.process;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CommandCheckTest {
    @TempDir
    Path directory;

    private Check look(String... words) {
        return new CommandCheck("stop_cmd", List.of(words), directory).look();
    }

    private void isRefused(String why, String... words) {
        assertThat(look(words)).satisfies(check -> {
            assertThat(check.outcome()).isEqualTo(Outcome.FAILED);
            assertThat(check.detail()).contains(why).startsWith("stop_cmd in [cassandra] cannot work");
        });
    }

    @Test
    void aProgramThatExistsCanBeRun() throws IOException {
        assertThat(look("true").outcome()).isEqualTo(Outcome.OK);
        assertThat(look("/bin/sh", "-c", "no-such-program").outcome()).isEqualTo(Outcome.OK);
    }

    @Test
    void aMissingProgramIsNamed() throws IOException {
        isRefused("there is no program no-such-program on the PATH", "no-such-program", "stop");
        isRefused(directory + "/stop does not exist", directory + "/stop");
        Files.writeString(directory.resolve("script"), "#!/bin/sh\n");
        isRefused("may not run " + directory + "/script", directory + "/script");
        isRefused("it is empty");
    }

    @Test
    void aServiceThatDoesNotExistIsNamed() throws IOException {
        isRefused("there is no service medusa-no-such on this machine", "service", "medusa-no-such", "stop");
        Files.writeString(directory.resolve("medusa-no-such"), "");
        assertThat(look("service", "medusa-no-such", "stop").outcome()).isEqualTo(Outcome.OK);
    }
}
