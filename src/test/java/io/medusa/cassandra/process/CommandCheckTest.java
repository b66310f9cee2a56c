package io.medusa.cassandra.process;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import io.medusa.os.SudoRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CommandCheckTest {
    @TempDir
    Path directory;

    private Path script(String name, String text) throws IOException {
        Path script = Files.writeString(directory.resolve(name), "#!/bin/sh\n" + text + "\n");
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private Check asking(String systemctl, String sudo, String... words) {
        return new CommandCheck(
                        "stop_cmd", List.of(words), directory.resolve("init.d"), systemctl, new SudoRules(sudo, "ops"))
                .look();
    }

    private Check look(String... words) {
        return asking("/no/systemctl", "/no/sudo", words);
    }

    private static void isRefused(String why, Check check) {
        assertThat(check.outcome()).isEqualTo(Outcome.FAILED);
        assertThat(check.detail()).contains(why).startsWith("stop_cmd in [cassandra] cannot work");
    }

    @Test
    void aProgramThatExistsCanBeRun() {
        assertThat(look("true").outcome()).isEqualTo(Outcome.OK);
        assertThat(look("/bin/sh", "-c", "no-such-program").outcome()).isEqualTo(Outcome.OK);
    }

    @Test
    void aMissingProgramIsNamed() throws IOException {
        isRefused("there is no program no-such-program on the PATH", look("no-such-program", "stop"));
        isRefused(directory + "/stop does not exist", look(directory + "/stop"));
        Files.writeString(directory.resolve("script"), "#!/bin/sh\n");
        isRefused("may not run " + directory + "/script", look(directory + "/script"));
        isRefused("it is empty", look());
    }

    @Test
    void aServiceThatSystemdDoesNotKnowIsRefused() throws IOException {
        String systemctl = script("systemctl", "echo LoadState=not-found").toString();
        isRefused("there is no service none on this machine", asking(systemctl, "", systemctl, "stop", "none"));
        isRefused(
                "there is no service none",
                asking(systemctl, "", script("service", "").toString(), "none", "stop"));
        Files.createDirectory(directory.resolve("init.d"));
        Files.writeString(directory.resolve("init.d/none"), "");
        assertThat(asking(systemctl, "", systemctl, "stop", "none").outcome()).isEqualTo(Outcome.OK);
    }

    @Test
    void aServiceThatOnlyAnOperatorsProgramCanKnowIsAWarning() throws IOException {
        assertThat(look(script("service", "").toString(), "none", "stop").outcome())
                .isEqualTo(Outcome.WARNING);
    }

    @Test
    void optionsThatMayMeanAnotherSystemdAllowNoVerdict() throws IOException {
        String systemctl = script("systemctl", "echo LoadState=not-found").toString();
        for (String[] words : new String[][] {
            {systemctl, "--user", "stop", "cassandra"},
            {systemctl, "-M", "box", "stop", "cassandra"},
            {systemctl, "-H", "host", "stop", "cassandra"},
            {systemctl, "kill", "cassandra", "-s", "SIGTERM"},
            {systemctl, "kill", "cassandra"},
            {systemctl, "stop", "cassandra*"}
        }) {
            assertThat(asking(systemctl, "", words).outcome())
                    .as(String.join(" ", words))
                    .isEqualTo(Outcome.OK);
        }
        isRefused("no service", asking(systemctl, "", systemctl, "--no-block", "stop", "cassandra"));
    }

    @Test
    void oneOfSeveralServicesIsEnough() throws IOException {
        String systemctl = script(
                        "systemctl", "[ \"$3\" = cassandra ] && echo LoadState=loaded || echo LoadState=not-found")
                .toString();
        assertThat(asking(systemctl, "", systemctl, "start", "cassandra", "exporter")
                        .outcome())
                .isEqualTo(Outcome.OK);
    }

    @Test
    void theCommandIsNeverRun() throws IOException {
        Path ran = directory.resolve("ran");
        String systemctl = script(
                        "systemctl",
                        "case $1 in show) case $2 in *LoadState) echo LoadState=loaded;; *) echo ActiveState=active;; esac;;"
                                + " *) touch " + ran + ";; esac")
                .toString();
        String sudo = script("sudo", "while [ \"${1#-}\" != \"$1\" ]; do shift; done; exec \"$@\"")
                .toString();
        String user = System.getProperty("user.name");
        try {
            System.setProperty("user.name", "ops");
            assertThat(asking(systemctl, sudo, systemctl, "start", "cassandra", "exporter")
                            .outcome())
                    .isEqualTo(Outcome.OK);
            assertThat(asking(systemctl, sudo, sudo, systemctl, "start", "cassandra")
                            .outcome())
                    .as("it cannot be told what such a sudo would do")
                    .isEqualTo(Outcome.WARNING);
        } finally {
            System.setProperty("user.name", user);
        }
        assertThat(ran).doesNotExist();
    }

    @Test
    void anInterruptIsNoVerdict() throws IOException {
        String systemctl = script("systemctl", "sleep 5").toString();
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> asking(systemctl, "", systemctl, "stop", "cassandra"))
                    .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                            .isEqualTo(FailureKind.INTERRUPTED));
        } finally {
            assertThat(Thread.interrupted()).isTrue();
        }
    }
}
