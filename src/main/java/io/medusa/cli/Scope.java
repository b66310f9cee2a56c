package io.medusa.cli;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.TableScope;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that limit a backup to some tables, in the order of the command line. */
final class Scope {
    private final List<String> patterns = new ArrayList<>();

    @Option(
            names = "--keyspace",
            paramLabel = "PATTERN",
            description =
                    "Back up only keyspaces that match, such as 'shop*', or with '!' in front none of them; can be"
                            + " repeated and mixed with --table, the last match decides.")
    void keyspace(@Nullable String pattern) {
        add(pattern, false);
    }

    @Option(
            names = "--table",
            paramLabel = "PATTERN",
            description = "The same for tables, such as 'shop.orders_*' or '!shop.tmp_*'.")
    void table(@Nullable String pattern) {
        add(pattern, true);
    }

    private void add(@Nullable String pattern, boolean ofTable) {
        if (pattern == null) {
            // picocli clears before it parses
            return;
        }
        if (pattern.contains(".") != ofTable) {
            throw new MedusaException(
                    FailureKind.USAGE,
                    ofTable
                            ? "--table " + pattern + " has no keyspace; write --table KEYSPACE.TABLE"
                            : "--keyspace " + pattern + " names a table; write --table " + pattern);
        }
        patterns.add(pattern);
    }

    /** The patterns of the command line, or those of the configuration where there are none. */
    TableScope or(TableScope configured) {
        return patterns.isEmpty() ? configured : new TableScope(patterns);
    }
}
