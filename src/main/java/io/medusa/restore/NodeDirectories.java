package io.medusa.restore;

import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.KnownDirectories;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.os.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** The directories that the node uses, as it reports them while it runs: command-line options can have moved them. */
final class NodeDirectories {
    private NodeDirectories() {}

    /** The settings with the directories in use, as far as they can be found; refuses a file that is not the running node's. */
    static CassandraYaml inUse(CassandraYaml yaml, CassandraService service) {
        Optional<CassandraService.Locations> locations = service.locations();
        if (locations.isPresent()) {
            Set<Path> running = real(locations.get().data());
            if (!running.equals(real(yaml.allDataDirectories()))) {
                throw new MedusaException(
                        FailureKind.CASSANDRA_FAILED,
                        "the running node has its data in " + running + ", but " + yaml.file() + " names "
                                + yaml.allDataDirectories() + ". Nothing was changed. Set config_file in [cassandra]");
            }
        } else if (!Files.isDirectory(yaml.dataDirectories().get(0))) {
            throw new MedusaException(
                    FailureKind.LOCAL_FILE,
                    "the data directory " + yaml.dataDirectories().get(0) + " of " + yaml.file()
                            + " does not exist. Create it, or set config_file in [cassandra]");
        }
        CassandraYaml known = KnownDirectories.of(yaml, service, System.getenv());
        KnownDirectories.remember(known, service);
        return known;
    }

    /** Refuses a node if a directory that a swap clears is unknown. */
    static void requireAll(CassandraYaml known) {
        known.commitLogDirectory();
        known.savedCachesDirectory();
        known.hintsDirectory();
        var unused = known.accordJournal();
    }

    private static Set<Path> real(Collection<Path> paths) {
        return paths.stream().map(FileSystems::real).collect(Collectors.toCollection(TreeSet::new));
    }
}
