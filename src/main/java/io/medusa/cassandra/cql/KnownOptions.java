package io.medusa.cassandra.cql;

import com.datastax.oss.driver.api.core.cql.ColumnDefinition;
import io.medusa.cassandra.Release;
import io.medusa.cassandra.SchemaStep;
import io.medusa.schema.SchemaComment;
import io.medusa.schema.SchemaStatement;
import io.medusa.schema.SchemaStatement.Kind;
import io.medusa.schema.TableOptions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The table options that a node's version of Cassandra supports: those that {@code system_schema.tables} has columns for.
 * Adapts statements of another version's schema to them.
 */
final class KnownOptions {
    private static final Logger LOG = LoggerFactory.getLogger(KnownOptions.class);
    /** Since 4.0 only columns, kept for drivers. */
    private static final Set<String> ENDED = Set.of("read_repair_chance", "dclocal_read_repair_chance");

    private final String version;
    private final Set<String> names;

    KnownOptions(String version, Set<String> columns) {
        this.version = version;
        this.names = new HashSet<>(columns);
        if (!Release.isBefore4(version)) {
            names.removeAll(ENDED);
        }
    }

    static KnownOptions of(CqlNode node) {
        Set<String> columns = new HashSet<>();
        node.query("SELECT * FROM system_schema.tables LIMIT 1", row -> {
                    List<String> names = new ArrayList<>();
                    for (ColumnDefinition column : row.getColumnDefinitions()) {
                        names.add(column.getName().asInternal().toLowerCase(Locale.ROOT));
                    }
                    return names;
                })
                .forEach(columns::addAll);
        return new KnownOptions(node.releaseVersion(), columns);
    }

    /** The same steps without options that the node would reject, which are logged. */
    List<SchemaStep> fitted(List<SchemaStep> steps) {
        boolean hasComments = Release.of(version).filter(Release::hasComments).isPresent();
        return steps.stream()
                .filter(step -> hasComments || !isComment(step))
                .map(this::fitted)
                .toList();
    }

    private boolean isComment(SchemaStep step) {
        Optional<SchemaComment> comment = SchemaComment.of(step.cql());
        comment.ifPresent(unknown -> LOG.warn(
                "{} will be created without this, which Cassandra {} does not know: {}",
                step.table(),
                version,
                unknown.cql()));
        return comment.isPresent();
    }

    private SchemaStep fitted(SchemaStep step) {
        boolean hasOptions = SchemaStatement.of(step.cql())
                .filter(statement -> statement.kind() == Kind.TABLE || statement.kind() == Kind.VIEW)
                .isPresent();
        if (!hasOptions) {
            return step;
        }
        TableOptions options = TableOptions.keep(step.cql(), names);
        if (options.unknown().isEmpty()) {
            return step;
        }
        LOG.warn(
                "{} will be created without {}, which Cassandra {} does not know",
                step.table(),
                String.join(", ", options.unknown()),
                version);
        return new SchemaStep(step.table(), step.id(), options.cql());
    }
}
