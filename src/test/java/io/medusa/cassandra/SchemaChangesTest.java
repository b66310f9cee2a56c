package io.medusa.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableName;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that dies between any two statements of a change of the schema, and the run after it. */
final class SchemaChangesTest {
    private static final TableName TABLE = new TableName("ks", "t");
    private static final String OLD = "0".repeat(32);
    private static final String NEW = "1".repeat(32);

    @TempDir
    Path directory;

    private final Cluster cluster = new Cluster();

    @BeforeEach
    void oneTableWithOneView() {
        cluster.tables.put("ks.t", OLD);
        cluster.views.add("CREATE VIEW v");
    }

    private static final class Killed extends Error {
        private static final long serialVersionUID = 1;
    }

    /** A schema in memory, whose client dies before its n-th statement. */
    public static final class Cluster {
        final Map<String, String> tables = new TreeMap<>();
        final Set<String> views = new TreeSet<>();
        final List<String> made = new ArrayList<>();
        int left = Integer.MAX_VALUE;

        private void statement() {
            if (left-- == 0) {
                throw new Killed();
            }
        }

        CassandraSchema schema() {
            return (CassandraSchema) Proxy.newProxyInstance(
                    getClass().getClassLoader(), new Class<?>[] {CassandraSchema.class}, (proxy, method, arguments) -> {
                        try {
                            return Cluster.class
                                    .getMethod(method.getName(), method.getParameterTypes())
                                    .invoke(this, arguments);
                        } catch (InvocationTargetException failed) {
                            throw failed.getCause();
                        }
                    });
        }

        public Set<TableDirectory> tables() {
            Set<TableDirectory> directories = new HashSet<>();
            tables.forEach((name, id) -> directories.add(new TableDirectory("ks", "t-" + id)));
            return directories;
        }

        public Map<TableName, SchemaStep> views(TableName table) {
            Map<TableName, SchemaStep> steps = new java.util.HashMap<>();
            views.forEach(cql -> steps.put(
                    new TableName("ks", cql.substring(12)),
                    new SchemaStep(table, Optional.of(tables.get(table.toString())), cql)));
            return steps;
        }

        public void drop(TableName table) {
            for (String view : List.copyOf(views)) {
                statement();
                views.remove(view);
            }
            statement();
            tables.remove(table.toString());
        }

        public void execute(List<SchemaStep> steps, SchemaProgress progress) {
            for (int i = 0; i < steps.size(); i++) {
                statement();
                make(steps.get(i));
                statement();
                progress.done(steps.get(i), steps.subList(i + 1, steps.size()));
            }
        }

        private void make(SchemaStep step) {
            made.add(step.cql());
            if (step.cql().startsWith("CREATE TABLE")) {
                assertThat(tables.putIfAbsent("ks.t", NEW)).isNull();
            } else if (step.cql().startsWith("CREATE VIEW")) {
                assertThat(tables).containsKey("ks.t");
                views.add(step.cql());
            }
        }

        /** As the interface promises; views are built anew by a drop and a creation. */
        public void complete(List<SchemaStep> steps, SchemaProgress progress) {
            for (int i = 0; i < steps.size(); i++) {
                SchemaStep step = steps.get(i);
                String id = tables.get("ks.t");
                boolean isOfTable =
                        id != null && (step.id().isEmpty() || step.id().get().equals(id));
                if (step.cql().startsWith("CREATE TABLE") ? id == null : isOfTable) {
                    statement();
                    views.remove(step.cql());
                    statement();
                    make(step);
                }
                progress.done(steps.get(i), steps.subList(i + 1, steps.size()));
            }
        }
    }

    private SchemaChanges changes() {
        return new SchemaChanges(cluster.schema(), SchemaJournal.in(directory, "changes"));
    }

    private static List<SchemaStep> creation() {
        return List.of(
                new SchemaStep(TABLE, Optional.empty(), "CREATE TABLE t"),
                new SchemaStep(TABLE, Optional.of(NEW), "CREATE INDEX i"),
                new SchemaStep(TABLE, Optional.of(NEW), "CREATE VIEW v"),
                new SchemaStep(TABLE, Optional.of(NEW), "CREATE VIEW younger"));
    }

    /** Kills before each statement in turn, until a run is not killed. */
    private void killEverywhere(Runnable change, Runnable then) {
        for (int statements = 0; ; statements++) {
            cluster.tables.clear();
            cluster.views.clear();
            cluster.made.clear();
            oneTableWithOneView();
            cluster.left = statements;
            boolean killed = false;
            try {
                change.run();
            } catch (Killed dead) {
                killed = true;
            }
            cluster.left = Integer.MAX_VALUE;
            changes().resume();
            then.run();
            assertThat(Files.exists(directory.resolve("changes"))).isFalse();
            if (!killed) {
                assertThat(statements).isGreaterThan(1);
                return;
            }
        }
    }

    @Test
    void aViewIsThereAfterwardsWheneverTheRunThatBuiltItAnewDied() {
        killEverywhere(
                () -> {
                    changes().announceBuilding(TABLE, view -> true);
                    changes().resume();
                },
                () -> {
                    assertThat(cluster.views).containsExactly("CREATE VIEW v");
                    assertThat(cluster.made).as("and was built").contains("CREATE VIEW v");
                });
    }

    @Test
    void aTableThatWasDroppedToBeCreatedIsThereWithItsViewsAndOneThatWasNotIsAsItWas() {
        killEverywhere(() -> changes().replace(TABLE, creation()), () -> {
            if (cluster.tables.containsValue(OLD)) {
                assertThat(cluster.views).containsExactly("CREATE VIEW v");
                assertThat(cluster.made).doesNotContain("CREATE INDEX i", "CREATE TABLE t");
            } else {
                assertThat(cluster.tables).containsValue(NEW);
                assertThat(cluster.views).containsExactly("CREATE VIEW v", "CREATE VIEW younger");
                assertThat(cluster.made).contains("CREATE INDEX i");
            }
        });
    }

    @Test
    void stepsThatWereLeftAreNotMadeOnAnotherTableOfTheName() {
        cluster.tables.clear();
        cluster.left = 1;
        assertThatThrownBy(() -> changes().apply(creation())).isInstanceOf(Killed.class);
        cluster.left = Integer.MAX_VALUE;
        cluster.tables.put("ks.t", "2".repeat(32));
        cluster.made.clear();
        changes().resume();
        assertThat(cluster.made).isEmpty();
    }

    /** What depends on a refused keyspace or table would be refused by one restore after the other. */
    @Test
    void whatDependsOnARefusedStatementIsNotLeft() {
        SchemaStep keyspace = step("ks", "t", "CREATE KEYSPACE ks WITH replication = {}");
        SchemaStep type = step("ks", "t", "CREATE TYPE ks.u (a int)");
        SchemaStep table = step("ks", "t", "CREATE TABLE ks.t (id int PRIMARY KEY)");
        SchemaStep index = step("ks", "t", "CREATE INDEX i ON ks.t (v)");
        SchemaStep sibling = step("ks", "s", "CREATE TABLE ks.s (id int PRIMARY KEY)");
        SchemaStep other = step("other", "t", "CREATE TABLE other.t (id int PRIMARY KEY)");
        List<SchemaStep> steps = List.of(keyspace, type, table, index, sibling, other);
        assertThat(leftAfterRefusalOf(0, steps)).containsExactly(other);
        assertThat(leftAfterRefusalOf(2, steps)).containsExactly(sibling, other);
        assertThat(leftAfterRefusalOf(3, steps)).containsExactly(sibling, other);
    }

    private static SchemaStep step(String keyspace, String table, String cql) {
        return new SchemaStep(new TableName(keyspace, table), Optional.empty(), cql);
    }

    private List<SchemaStep> leftAfterRefusalOf(int refused, List<SchemaStep> steps) {
        CassandraSchema refusing = (CassandraSchema) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {CassandraSchema.class}, (proxy, method, arguments) -> {
                    ((SchemaProgress) arguments[1])
                            .refused(steps.get(refused), steps.subList(refused + 1, steps.size()));
                    throw new MedusaException(FailureKind.CASSANDRA_FAILED, "refused");
                });
        SchemaJournal journal = SchemaJournal.in(directory, "refused");
        assertThatThrownBy(() -> new SchemaChanges(refusing, journal).apply(steps))
                .hasMessage("refused");
        List<SchemaStep> left = journal.read();
        assertThatThrownBy(() -> new SchemaChanges(refusing, journal).resume())
                .hasMessageStartingWith("refused; the statements that a restore has still to make are kept");
        assertThat(journal.read()).isEqualTo(left);
        return left;
    }
}
