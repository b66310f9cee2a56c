package io.medusa.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import io.medusa.os.SudoRules.Doubt;
import io.medusa.testing.FakeCassandraService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class RestoreChecksTest {
    private static final String ID = "-0123456789abcdef0123456789abcdef";
    private static final Check STARTS = new Check("restore: start_cmd", Outcome.OK, "'start' can be run");

    @TempDir
    Path directory;

    private Path data;
    private CassandraYaml yaml;

    @BeforeEach
    void node() throws IOException {
        data = Files.createDirectories(directory.resolve("data"));
        yaml = CassandraYaml.read(Files.writeString(
                directory.resolve("cassandra.yaml"),
                "data_file_directories: [ \"" + data + "\" ]\ncommitlog_directory: " + directory.resolve("commitlog")
                        + "\nsaved_caches_directory: /s\nhints_directory: /h\n"));
    }

    private RestoreChecks checks(FakeCassandraService service, Predicate<Path> writable, Check... more) {
        return new RestoreChecks(yaml, service, () -> List.of(more), true, writable);
    }

    private Outcome permissions(Path... closed) {
        return checks(FakeCassandraService.up(), directory -> !Set.of(closed).contains(directory)).run(true).stream()
                .filter(check -> check.subject().equals("restore: permissions"))
                .map(Check::outcome)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void onlyDirectoriesThatARestoreMovesMustBeWritable() throws IOException {
        Path table = Files.createDirectories(data.resolve("ks/t" + ID));
        Path noTable = Files.createDirectories(data.resolve("ks/exports"));
        Path noKeyspace =
                Files.createDirectories(data.resolve("old_exports/2024")).getParent();
        Path traces = Files.createDirectories(data.resolve("system_traces/events" + ID));
        assertThat(permissions(noTable, noKeyspace, traces, traces.getParent())).isEqualTo(Outcome.OK);
        assertThat(permissions(table)).isEqualTo(Outcome.FAILED);
        assertThat(permissions(table.getParent())).isEqualTo(Outcome.FAILED);
        assertThat(permissions(data)).isEqualTo(Outcome.FAILED);
    }

    @Test
    void anInterruptedSwapIsOnlyWarnedAbout() {
        RestoreChecks checks = checks(FakeCassandraService.up(), directory -> false);
        assertThatThrownBy(() -> checks.require(true))
                .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                        .isEqualTo(FailureKind.REFUSED));
        checks.warn(true);
    }

    @Test
    void aNodeThatIsNotStartedHereNeedsNoCertificates() {
        Check certificates = new Check("restore: certificates", Outcome.FAILED, "certfile does not exist");
        assertThat(checks(FakeCassandraService.down(), directory -> true, certificates)
                        .run(true))
                .doesNotContain(certificates);
        assertThat(checks(FakeCassandraService.down().checked(STARTS), directory -> true, certificates)
                        .run(true))
                .contains(certificates);
    }

    @Test
    void sudoIsAFailureOnlyWhereItIsCertain() {
        Doubt possible = new Doubt(false, "sudo possibly asks for a password");
        Doubt certain = new Doubt(true, "sudo does not let user ops run mv");
        assertThat(RestoreChecks.ofDoubts(List.of()).outcome()).isEqualTo(Outcome.OK);
        assertThat(RestoreChecks.ofDoubts(List.of(possible)).outcome()).isEqualTo(Outcome.WARNING);
        assertThat(RestoreChecks.ofDoubts(List.of(possible, certain)))
                .isEqualTo(new Check(
                        "restore: permissions",
                        Outcome.FAILED,
                        "sudo does not let user ops run mv; the same for 1 more command"));
    }
}
