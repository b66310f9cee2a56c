package io.medusa.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cassandra.Fit;
import io.medusa.cassandra.SchemaFit;
import io.medusa.cassandra.SchemaStep;
import io.medusa.cluster.ClusterRestorePlan.TableAction;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What happens to the tables of a running cluster, decided from how their SSTables fit. */
final class TableActionsTest {
    private static final SchemaFit.Result MISFIT = SchemaFit.Result.misfit("its clustering order is another");

    private final List<String> warnings = new ArrayList<>();

    private static Fit fit(String keyspace, boolean exists, boolean good, boolean creatable, Fit.Younger... younger) {
        return new Fit(
                new TableDirectory(keyspace, "t-" + "1".repeat(32)),
                new TableName(keyspace, "t"),
                new TableDirectory(keyspace, "t-" + "1".repeat(32)),
                exists,
                good ? SchemaFit.Result.NONE : MISFIT,
                creatable ? SchemaFit.Result.NONE : MISFIT,
                List.of(younger));
    }

    private static Fit.Younger view(String... lost) {
        TableName table = new TableName("ks", "t");
        return new Fit.Younger("view ks.v", new SchemaStep(table, Optional.empty(), "CREATE VIEW"), List.of(lost));
    }

    private Map<TableName, TableAction> actions(Optional<Boolean> autoSnapshot, Fit... fits) {
        return TableActions.of(List.of(fits), () -> autoSnapshot, warnings);
    }

    /** The action, {@code nothing} for a table that is left alone, or the kind of the failure. */
    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "a missing table is created, ks, false, true, true, CREATE",
        "one that fits is truncated, ks, true, true, true, TRUNCATE",
        "one that does not fit is dropped and created, ks, true, false, true, RECREATE",
        "unless its data would be unreadable then too, ks, true, false, false, REFUSED",
        "a missing one that cannot be created as it was, ks, false, false, true, BACKUP_DAMAGED",
        "permissions are merged and never truncated, system_auth, true, true, true, nothing",
        "nor created, system_auth, false, true, true, nothing",
        "nor needed if they are missing, system_auth, false, false, true, nothing",
        "nor dropped, system_auth, true, false, true, CASSANDRA_FAILED",
    })
    void eachTableGetsOneAction(
            String what, String keyspace, boolean exists, boolean good, boolean creatable, String expected) {
        String actual;
        try {
            TableAction action = actions(Optional.of(true), fit(keyspace, exists, good, creatable))
                    .get(new TableName(keyspace, "t"));
            actual = action == null ? "nothing" : action.name();
        } catch (MedusaException failed) {
            actual = failed.kind().name();
        }
        assertThat(actual).isEqualTo(expected);
    }

    @Test
    void aViewThatTheBackupDoesNotKnowIsCreatedAgainIfItCanBe() {
        assertThat(actions(Optional.of(true), fit("ks", true, false, true, view())))
                .containsValue(TableAction.RECREATE);
        assertThat(warnings).anySatisfy(warning -> assertThat(warning).startsWith("view ks.v is younger"));
        assertThatThrownBy(() -> actions(Optional.of(true), fit("ks", true, false, true, view("added"))))
                .isInstanceOfSatisfying(MedusaException.class, refused -> assertThat(refused.kind())
                        .isEqualTo(FailureKind.REFUSED))
                .hasMessageContaining("added");
    }

    @ParameterizedTest(name = "auto_snapshot {0}, existing table {1}")
    @CsvSource({"true, true, 0", "false, true, 1", ", true, 1", "false, false, 0"})
    void rowsThatGoAwayWithoutASnapshotAreAWarning(Boolean autoSnapshot, boolean exists, int expected) {
        var unused = actions(Optional.ofNullable(autoSnapshot), fit("ks", exists, true, true));
        assertThat(warnings).hasSize(expected);
    }
}
