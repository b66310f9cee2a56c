package io.medusa.cassandra;

import io.medusa.cassandra.NodeMemory.Remembered;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Where a node's directories are, by the best witness there is: the running node over JMX; its process's command line; for what
 * {@code cassandra.yaml} does not name also what the node said when it last ran, and its start script. What nobody tells stays
 * unknown.
 */
public final class KnownDirectories {
    private KnownDirectories() {}

    /**
     * The settings with every directory that can be found.
     *
     * @param environment of this process
     */
    public static CassandraYaml of(CassandraYaml yaml, CassandraService service, Map<String, String> environment) {
        CassandraYaml known = yaml;
        Optional<CassandraService.Locations> locations = service.locations();
        if (locations.isPresent()) {
            known = known.at(locations.get());
        }
        if (!known.isComplete()) {
            known = service.storageDirectory().map(known::below).orElse(known);
        }
        if (!known.isComplete()) {
            known = NodeMemory.of(known)
                    .flatMap(NodeMemory::read)
                    .map(Remembered::directories)
                    .map(known::orAt)
                    .orElse(known);
        }
        if (!known.isComplete()) {
            Optional<Path> storage = new StorageDirectory(known, environment).find();
            known = storage.map(known::below).orElse(known);
        }
        return known;
    }

    /** Remembers what a running node says of itself, for the day when it is down. */
    public static void remember(CassandraYaml yaml, CassandraService service) {
        service.locations().map(yaml::at).ifPresent(known -> NodeMemory.of(known)
                .ifPresent(memory -> service.identity().ifPresent(identity -> memory.write(known, identity))));
    }
}
