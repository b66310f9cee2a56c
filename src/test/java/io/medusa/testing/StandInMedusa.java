package io.medusa.testing;

import io.medusa.cli.MedusaCommand;
import io.medusa.cli.terminal.Console;
import io.medusa.model.NodeName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;

/** The medusa command in a process of its own, on a node of files: its data directory and name come before the command line. */
public final class StandInMedusa {
    private StandInMedusa() {}

    /** @param arguments the data directory, the node's name, {@code keyspace.table} of its tables in one word, the command line */
    public static void main(String... arguments) throws IOException {
        FakeCassandraNode node = new FakeCassandraNode(Path.of(arguments[0]), new NodeName(arguments[1]));
        for (String table : arguments[2].split(",", -1)) {
            String[] parts = table.split("\\.", -1);
            node.table(parts[0], parts[1]);
        }
        String[] rest = List.of(arguments).subList(3, arguments.length).toArray(new String[0]);
        System.exit(new MedusaCommand(
                        System.getenv(),
                        Console.ofProcess(System.getProperty("medusa.terminals", ""), System.getenv()),
                        () -> {
                            try {
                                return node.node();
                            } catch (IOException failed) {
                                throw new UncheckedIOException(failed);
                            }
                        })
                .commandLine()
                .execute(rest));
    }
}
