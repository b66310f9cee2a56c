package io.medusa.hooks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.hooks.Hooks.Subject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HooksTest {
    private static final Subject SUBJECT = new Subject("backup", "n1", "monday");

    @TempDir
    Path directory;

    private final Map<Hook, List<String>> programs = new EnumMap<>(Hook.class);
    private final List<String> done = new ArrayList<>();
    private Duration timeLimit = Duration.ofSeconds(60);

    private void program(Hook hook, String body) throws IOException {
        Path script = Files.writeString(directory.resolve(hook.option()), "#!/bin/sh\n" + body + "\n");
        assertThat(script.toFile().setExecutable(true)).isTrue();
        programs.put(hook, List.of(script.toString(), directory.toString()));
    }

    /** Keeps what every program is given. */
    private void recordAll() throws IOException {
        for (Hook hook : Hook.values()) {
            program(hook, "cat > $1/" + hook.option() + ".json; env > $1/" + hook.option() + ".env");
        }
    }

    private JsonNode told(Hook hook) throws IOException {
        return new JsonMapper()
                .readTree(directory.resolve(hook.option() + ".json").toFile());
    }

    private String backUp() {
        return around(() -> {
            done.add("backup");
            return "result";
        });
    }

    private String around(java.util.function.Supplier<String> work) {
        return hooks().around(
                        Hook.BEFORE_BACKUP,
                        Hook.AFTER_BACKUP,
                        SUBJECT,
                        work,
                        result -> result.equals("incomplete") ? Optional.empty() : Optional.of(Map.of("bytes", 7)));
    }

    private Hooks hooks() {
        return new Hooks(programs, timeLimit, Clock.fixed(Instant.parse("2026-11-28T01:00:00Z"), ZoneOffset.UTC));
    }

    @Test
    void aSignalDuringTheHookAfterABackupDoesNotFailTheBackup() throws IOException {
        program(Hook.AFTER_BACKUP, "sleep 30");
        program(Hook.ON_FAILURE, "touch $1/failed");
        try {
            assertThat(around(() -> {
                        Thread.currentThread().interrupt();
                        return "result";
                    }))
                    .isEqualTo("result");
        } finally {
            assertThat(Thread.interrupted())
                    .as("whoever waits for it still sees the signal")
                    .isTrue();
        }
        assertThat(directory.resolve("failed")).doesNotExist();
    }

    @Test
    void programsGetTheEventOnStdinAndInVariablesAndNothingElse() throws IOException {
        recordAll();
        assertThat(backUp()).isEqualTo("result");
        assertThat(Files.readString(directory.resolve("before_backup.json")))
                .isEqualTo("{\"version\":1,\"hook\":\"before_backup\",\"time\":\"2026-11-28T01:00:00Z\","
                        + "\"operation\":\"backup\",\"node\":\"n1\",\"backup\":\"monday\"}\n");
        assertThat(told(Hook.AFTER_BACKUP).path("bytes").asInt()).isEqualTo(7);
        assertThat(Files.readAllLines(directory.resolve("after_backup.env")))
                .contains(
                        "MEDUSA_HOOK=after_backup",
                        "MEDUSA_HOOK_OPERATION=backup",
                        "MEDUSA_HOOK_NODE=n1",
                        "MEDUSA_HOOK_BACKUP=monday")
                .allMatch(
                        variable -> variable.matches(
                                "(MEDUSA_HOOK.*|PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|PWD|OLDPWD|SHLVL|_|.*_proxy|.*_PROXY)=.*"));
        assertThat(directory.resolve("on_failure.json")).doesNotExist();
    }

    @Test
    void aFailureIsToldWithItsReason() throws IOException {
        recordAll();
        assertThatThrownBy(() -> around(() -> {
                    throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, "no \"store\"");
                }))
                .hasMessage("no \"store\"");
        assertThat(told(Hook.ON_FAILURE).path("error").path("kind").asText()).isEqualTo("storage_unavailable");
        assertThat(told(Hook.ON_FAILURE).path("error").path("message").asText()).isEqualTo("no \"store\"");
        assertThat(Files.readAllLines(directory.resolve("on_failure.env"))).contains("MEDUSA_HOOK_ERROR=no \"store\"");
        assertThat(directory.resolve("after_backup.json")).doesNotExist();
        assertThat(around(() -> "incomplete")).isEqualTo("incomplete");
        assertThat(told(Hook.ON_FAILURE).path("error").path("kind").asText()).isEqualTo("incomplete");
    }

    @Test
    void anErrorInMedusaItselfShowsNoDetails() throws IOException {
        recordAll();
        assertThatThrownBy(() -> around(() -> {
                    throw new IllegalStateException("detail");
                }))
                .isInstanceOf(IllegalStateException.class);
        assertThat(told(Hook.ON_FAILURE).toString()).contains("internal").doesNotContain("detail");
    }

    @Test
    void anInterruptedRunIsStillReportedAndStaysInterrupted() throws IOException {
        recordAll();
        assertThatThrownBy(() -> around(() -> {
                    Thread.currentThread().interrupt();
                    throw new MedusaException(FailureKind.INTERRUPTED, "interrupted");
                }))
                .hasMessage("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(told(Hook.ON_FAILURE).path("error").path("kind").asText()).isEqualTo("interrupted");
    }

    @Test
    void aProgramBeforeABackupThatFailsRefusesIt() throws IOException {
        program(Hook.BEFORE_BACKUP, "echo 'a repair is running' >&2; exit 3");
        assertThatThrownBy(this::backUp)
                .isInstanceOfSatisfying(MedusaException.class, refused -> assertThat(refused.kind())
                        .isEqualTo(FailureKind.REFUSED))
                .hasMessageContaining("the before_backup hook failed")
                .hasMessageContaining("ended with exit status 3 (a repair is running). The backup was not started");
        assertThat(done).isEmpty();
        programs.put(Hook.BEFORE_BACKUP, List.of("/nowhere/program"));
        assertThatThrownBy(this::backUp).hasMessageContaining("/nowhere/program cannot be run");
    }

    @Test
    void aProgramAfterABackupThatFailsChangesNothing() throws IOException {
        program(Hook.AFTER_BACKUP, "exit 1");
        assertThat(backUp()).isEqualTo("result");
    }

    @Test
    void aProgramThatTakesTooLongIsEndedAndHasFailed() throws IOException {
        program(Hook.BEFORE_BACKUP, "sleep 300; true");
        timeLimit = Duration.ofMillis(300);
        assertThatThrownBy(this::backUp).hasMessageContaining("did not end within");
        assertThat(done).isEmpty();
    }

    @Test
    void aProgramNeedNotReadItsInput() throws IOException {
        program(Hook.AFTER_BACKUP, "exec <&-; exit 0");
        assertThat(backUp()).isEqualTo("result");
    }
}
