package io.medusa.cassandra;

import io.medusa.cassandra.NodeMemory.Remembered;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Finds a node's directories from the best available source: the running node over JMX; its process's command line; for those that
 * {@code cassandra.yaml} does not name, also what the node reported when it last ran, and its start script. Others stay
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

    /** Records what a running node reports about itself, for when it is down. */
    public static void remember(CassandraYaml yaml, CassandraService service) {
        service.locations().map(yaml::at).ifPresent(known -> NodeMemory.of(known)
                .ifPresent(memory -> service.identity().ifPresent(identity -> memory.write(known, identity))));
    }
}
