package io.medusa.restore;

import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Ensures that no process uses a node's directories while they are swapped, whatever ports and stop commands report. */
final class Stopped {
    private final CassandraYaml node;
    private final CassandraService service;

    Stopped(CassandraYaml node, CassandraService service) {
        this.node = node;
        this.service = service;
    }

    private List<Path> directories() {
        List<Path> directories = new ArrayList<>(node.allDataDirectories());
        directories.add(node.commitLogDirectory());
        directories.add(node.hintsDirectory());
        node.accordJournal().ifPresent(directories::add);
        return directories;
    }

    /** Stops the node; fails if a process uses its directories after that. */
    void stop() {
        List<Path> directories = directories();
        service.stop();
        service.user(directories).ifPresent(user -> {
            throw new MedusaException(
                    FailureKind.BUSY,
                    user + " still uses " + directories.get(0)
                            + " after Cassandra was stopped. No data was changed. Stop it, then run the same command"
                            + " again");
        });
    }

    /** Fails if a process was started on the directories while they were swapped. */
    void check() {
        user().ifPresent(user -> {
            throw new MedusaException(
                    FailureKind.BUSY,
                    user
                            + " was started while the data was swapped. Stop it, and whatever starts it by itself, and"
                            + " run the same command again");
        });
    }

    /** The process that uses the directories, if any. */
    Optional<String> user() {
        return service.user(directories());
    }
}
