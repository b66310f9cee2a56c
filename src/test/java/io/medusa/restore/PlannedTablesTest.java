package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.cassandra.Fit;
import io.medusa.cassandra.SchemaChanges;
import io.medusa.cassandra.SchemaJournal;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import io.medusa.schema.BackupSchema;
import io.medusa.testing.ChangingCassandraSchema;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What others do to the schema while the files of a restore are staged. */
final class PlannedTablesTest {
    private static final TableDirectory OLD = new TableDirectory("ks", "t-00000000000000000000000000000001");
    private static final TableDirectory NEW = new TableDirectory("ks", "t-00000000000000000000000000000002");
    private static final TableName TABLE = TableName.of(OLD);
    private static final BackupSchema BACKUP = BackupSchema.parse("CREATE TABLE ks.t (id int PRIMARY KEY);");

    @TempDir
    Path directory;

    private final ChangingCassandraSchema schema = new ChangingCassandraSchema();
    private SchemaJournal journal = SchemaJournal.in(Path.of("unused"), "unused");
    private PlannedTables tables = new PlannedTables(schema, new SchemaChanges(schema, journal));

    @BeforeEach
    void journal() {
        journal = SchemaJournal.in(directory, "changes");
        tables = new PlannedTables(schema, new SchemaChanges(schema, journal));
    }

    private static Fit.Incoming incoming(TableDirectory table, TableName target, Instant taken) {
        return new Fit.Incoming(table, target, Set.of(), new BackupName("one"), taken);
    }

    private Map<TableDirectory, TableDirectory> plan() {
        return tables.plan(BACKUP, List.of(incoming(OLD, TABLE, Instant.EPOCH)));
    }

    private String failure() {
        return tables.afterCreation(new MedusaException(FailureKind.BUSY, "failed"))
                .getMessage();
    }

    @Test
    void aMissingTableIsCreatedAndTheFailureThatFollowsSaysHowToRemoveIt() {
        assertThat(plan()).containsExactly(Map.entry(OLD, OLD));
        assertThat(failure()).as("nothing is created yet").isEqualTo("failed");
        assertThat(tables.create(BACKUP, true)).isEmpty();
        assertThat(schema.tables()).containsExactly(OLD);
        assertThat(tables.hasCreated(TABLE)).isTrue();
        assertThat(failure())
                .isEqualTo(
                        "failed. This restore has created 1 table: run the same command again, or, unless other nodes"
                                + " are restored into it too, undo that with DROP MATERIALIZED VIEW \"ks\".\"t_v\"; DROP TABLE"
                                + " \"ks\".\"t\"");
    }

    @Test
    void aTableThatTheRestoreOfAnotherNodeCreatedMeanwhileIsRestoredIntoAndNotClaimed() {
        plan();
        schema.create(OLD);
        assertThat(tables.create(BACKUP, true)).isEmpty();
        assertRestoresInto(OLD);
    }

    @Test
    void aTableThatOthersCreatedMeanwhileWithAnotherIdGetsTheStagedFiles() {
        plan();
        schema.create(NEW);
        assertThat(tables.create(BACKUP, true)).containsExactly(Map.entry(OLD, NEW));
        assertRestoresInto(NEW);
    }

    @Test
    void aTableThatOthersCreateAtTheSameInstantIsRestoredIntoAndItsIndexesAndViewsAreLeftToThem() {
        plan();
        schema.beforeNext(() -> schema.create(NEW));
        assertThat(tables.create(BACKUP, true)).containsExactly(Map.entry(OLD, NEW));
        assertRestoresInto(NEW);
    }

    private void assertRestoresInto(TableDirectory table) {
        assertThat(schema.tables()).containsExactly(table);
        assertThat(schema.executed()).isEmpty();
        assertThat(journal.read()).isEmpty();
        assertThat(tables.hasCreated(TABLE)).isFalse();
        assertThat(failure()).isEqualTo("failed");
    }

    @Test
    void aTableThatExistedAndIsAnotherNowIsRefused() {
        schema.create(OLD);
        plan();
        schema.drop(OLD);
        assertRefused("table ks.t was dropped while its files were being staged");
        schema.create(NEW);
        assertRefused("table ks.t was dropped while its files were being staged");
    }

    @Test
    void aTableThatWasAlteredMeanwhileIsRefused() {
        schema.create(OLD);
        plan();
        schema.alter("its column v was dropped");
        assertRefused("its column v was dropped; nothing was changed");
    }

    @Test
    void aTableOfAnotherShapeThatOthersCreatedMeanwhileIsRefused() {
        plan();
        schema.create(NEW);
        schema.alter("its primary key is another");
        assertRefused("its primary key is another; nothing was changed");
    }

    private void assertRefused(String why) {
        assertThatThrownBy(() -> tables.create(BACKUP, true)).hasMessageContaining(why);
        assertThat(schema.executed()).isEmpty();
        assertThat(failure()).isEqualTo("failed");
    }

    @Test
    void allIncarnationsOfAMissingTableGoIntoTheOneThatIsCreated() {
        List<Fit.Incoming> both = List.of(incoming(OLD, TABLE, Instant.EPOCH), incoming(NEW, TABLE, Instant.EPOCH));
        assertThat(tables.plan(BACKUP, both)).isEqualTo(Map.of(OLD, OLD, NEW, OLD));
        assertThat(tables.create(BACKUP, true)).isEmpty();
        assertThat(schema.tables()).containsExactly(OLD);
    }

    @Test
    void everyNodeStagesForTheSameCopy() {
        TableName copy = new TableName("ks", "copy");
        assertThat(incoming(OLD, copy, Instant.ofEpochSecond(1)).made())
                .isEqualTo(incoming(OLD, copy, Instant.ofEpochSecond(2)).made())
                .isNotEqualTo(incoming(NEW, copy, Instant.ofEpochSecond(1)).made());
    }
}
