package io.medusa.cassandra.cql;

import com.datastax.oss.driver.api.core.cql.Row;
import io.medusa.cassandra.SchemaProgress;
import io.medusa.cassandra.SchemaStep;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.TableName;
import io.medusa.schema.Cql;
import io.medusa.schema.CreateTable;
import io.medusa.schema.SchemaComment;
import io.medusa.schema.SchemaStatement;
import io.medusa.schema.SchemaStatement.Kind;
import io.medusa.schema.TableDefinition;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the statements of a schema change one by one. */
final class StatementRunner {
    private static final Logger LOG = LoggerFactory.getLogger(StatementRunner.class);

    private static final Duration BUILD_AT_MOST = Duration.ofMinutes(10);

    private final CqlNode node;

    StatementRunner(CqlNode node) {
        this.node = node;
    }

    /** Runs the statements. */
    void execute(List<SchemaStep> steps, SchemaProgress progress) {
        for (int i = 0; i < steps.size(); i++) {
            List<SchemaStep> rest = steps.subList(i + 1, steps.size());
            SchemaStep step = steps.get(i);
            say(step);
            run(step, isShared(step) ? Cql.ifNotExists(step.cql()) : step.cql(), rest, progress);
            progress.done(step, rest);
        }
    }

    /** Whether restores of other nodes, at the same time, may create the same object, which then is as good. */
    private static boolean isShared(SchemaStep step) {
        return SchemaStatement.of(step.cql())
                .filter(statement -> switch (statement.kind()) {
                    case KEYSPACE, TYPE, FUNCTION, AGGREGATE, VIEW -> true;
                    case TABLE, ALTER_TABLE, INDEX, TRIGGER -> false;
                })
                .isPresent();
    }

    private static void say(SchemaStep step) {
        SchemaStatement.of(step.cql()).ifPresent(statement -> {
            switch (statement.kind()) {
                case KEYSPACE -> LOG.info("Creating keyspace {}, which does not exist", statement.keyspace());
                case TABLE -> LOG.info("Creating table {} as it was", step.table());
                case VIEW -> LOG.info("Creating view {}.{}", statement.keyspace(), statement.name());
                case ALTER_TABLE -> LOG.info("Altering table {}: {}", step.table(), step.cql());
                default -> LOG.debug("{}", step.cql());
            }
        });
    }

    /** Discards a statement that Cassandra rejects: it would be rejected again, and block every later restore. */
    private void run(SchemaStep step, String cql, List<SchemaStep> rest, SchemaProgress progress) {
        try {
            node.execute(cql);
        } catch (MedusaException failed) {
            if (failed.kind() == FailureKind.CASSANDRA_FAILED
                    && SchemaComment.of(step.cql()).isPresent()) {
                // the data is as good without it
                LOG.warn("Cassandra rejected this statement: {} ({})", step.cql(), failed.getMessage());
                return;
            }
            if (failed.kind() == FailureKind.CASSANDRA_FAILED) {
                LOG.error("Cassandra rejected this statement, which will not be retried: {}", step.cql());
                progress.refused(step, rest);
            }
            throw failed;
        }
    }

    /** Runs the statements that an earlier run has left, and rebuilds views. */
    void complete(List<SchemaStep> steps, SchemaProgress progress) {
        for (int i = 0; i < steps.size(); i++) {
            List<SchemaStep> rest = steps.subList(i + 1, steps.size());
            complete(steps.get(i), rest, progress);
            progress.done(steps.get(i), rest);
        }
    }

    private void complete(SchemaStep step, List<SchemaStep> rest, SchemaProgress progress) {
        Optional<TableDefinition> table =
                new PresentSchema(node, Set.of(step.table().keyspace())).definition(step.table());
        Optional<SchemaStatement> statement =
                SchemaStatement.of(step.cql()).filter(known -> isStillToBeMade(known, step, table));
        if (statement.isEmpty()) {
            return;
        }
        if (statement.get().kind() != Kind.VIEW) {
            say(step);
            run(step, Cql.ifNotExists(step.cql()), rest, progress);
            return;
        }
        TableName view =
                new TableName(statement.get().keyspace(), statement.get().name());
        LOG.info("Building view {} from its table", view);
        node.execute("DROP MATERIALIZED VIEW IF EXISTS " + Cql.quoted(view));
        run(step, step.cql(), rest, progress);
        awaitBuilt(view);
    }

    private static boolean isStillToBeMade(
            SchemaStatement statement, SchemaStep step, Optional<TableDefinition> table) {
        boolean isOfTable = table.isPresent()
                && (step.id().isEmpty() || step.id().equals(table.get().id()));
        return switch (statement.kind()) {
            case KEYSPACE, TYPE, FUNCTION, AGGREGATE -> true;
            case TABLE -> table.isEmpty();
            case INDEX, TRIGGER, VIEW -> isOfTable;
            case ALTER_TABLE ->
                isOfTable
                        && CreateTable.alterations(step.cql()).stream()
                                .allMatch(change -> isStillToBeMade(change, table.get()));
        };
    }

    private static boolean isStillToBeMade(CreateTable.Alteration change, TableDefinition table) {
        return change.drops()
                ? table.has(change.column()) && !table.dropped().containsKey(change.column())
                : !table.has(change.column());
    }

    private void awaitBuilt(TableName view) {
        long end = System.nanoTime() + BUILD_AT_MOST.toNanos();
        String built = "SELECT view_name FROM system.built_views WHERE keyspace_name = '" + view.keyspace()
                + "' AND view_name = '" + view.table() + "'";
        while (node.query(built, Row::getColumnDefinitions).isEmpty()) {
            if (System.nanoTime() > end) {
                LOG.warn("View {} is still being built; Cassandra continues in the background", view);
                return;
            }
            Failures.pause(Duration.ofMillis(200));
        }
    }
}
