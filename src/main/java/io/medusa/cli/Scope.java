package io.medusa.cli;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.TableScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that limit a backup to some tables, in the order of the command line. */
final class Scope {
    private final List<Given> given = new ArrayList<>();

    @Option(
            names = "--keyspace",
            order = 1,
            paramLabel = "PATTERN",
            description = "Back up only keyspaces that match PATTERN, such as 'shop*'; a leading '!' excludes them. "
                    + "Repeatable and combinable with --table; the last match decides.")
    void keyspace(@Nullable String pattern) {
        add(pattern, false);
    }

    @Option(
            names = "--table",
            order = 2,
            paramLabel = "PATTERN",
            description =
                    "Back up only tables that match PATTERN, such as 'shop.orders_*'; a leading '!' excludes them. "
                            + "Repeatable.")
    void table(@Nullable String pattern) {
        add(pattern, true);
    }

    private void add(@Nullable String pattern, boolean ofTable) {
        // picocli clears before it parses
        if (pattern != null) {
            given.add(new Given(pattern, ofTable));
        }
    }

    /** The patterns of the command line, if there are any. */
    Optional<TableScope> scope() {
        given.forEach(Given::check);
        return given.isEmpty()
                ? Optional.empty()
                : Optional.of(new TableScope(given.stream().map(Given::pattern).toList()));
    }

    /** One option as it was given. */
    private record Given(String pattern, boolean ofTable) {
        void check() {
            if (!TableScope.isPattern(pattern) || pattern.contains(".") != ofTable) {
                throw new MedusaException(
                        FailureKind.USAGE,
                        ofTable
                                ? "--table '" + pattern
                                        + "' is not a pattern. Write KEYSPACE.TABLE, optionally with * and ?"
                                        + " and a leading ! to exclude"
                                : "--keyspace '" + pattern
                                        + "' is not a pattern. Write a keyspace, optionally with * and ?, and"
                                        + " a leading ! to exclude. Use --table for tables");
            }
        }
    }
}
