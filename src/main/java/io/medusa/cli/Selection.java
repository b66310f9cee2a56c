package io.medusa.cli;

import io.medusa.model.TableSelection;
import java.util.LinkedHashSet;
import java.util.List;
import picocli.CommandLine.Option;

/** The options that choose tables. */
final class Selection {
    @Option(names = "--keyspace", paramLabel = "KEYSPACE", description = "Restrict to this keyspace. Repeatable.")
    List<String> keyspaces = List.of();

    @Option(names = "--table", paramLabel = "KEYSPACE.TABLE", description = "Restrict to this table. Repeatable.")
    List<String> tables = List.of();

    TableSelection tableSelection() {
        return new TableSelection(new LinkedHashSet<>(keyspaces), new LinkedHashSet<>(tables));
    }
}
