package io.medusa.restore;

import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.StagingDirectory;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.os.ExclusiveLock;
import io.medusa.os.Privileges;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Gives up interrupted restores and imports: removes what they have staged. Live data and what is kept for an undo stay. */
public final class AbortRestore {
    private final CassandraYaml yaml;
    private final CassandraService service;

    /** The caller closes the service. */
    public AbortRestore(CassandraYaml yaml, CassandraService service) {
        this.yaml = yaml;
        this.service = service;
    }

    /** Which node, and how its files may be changed. */
    public record Request(NodeName node, boolean sudoAllowed, Path temporaryDirectory) {}

    /**
     * What one restore or import has staged.
     *
     * @param id of the restore, the name of its directories
     * @param directories one for each data directory
     * @param bytes that removing it would free
     */
    public record Staged(String id, List<Path> directories, long bytes) {}

    /** What there is to give up; changes nothing. */
    public List<Staged> staged(Request request) {
        return staged(staging(request));
    }

    /** The bytes of it in the directories that the configuration names, without asking the node. */
    public long stagedBytes() {
        Privileges own = Privileges.over(yaml.dataDirectories().get(0), false);
        return staged(new NodeStaging("restore-", yaml.allDataDirectories(), own)).stream()
                .mapToLong(Staged::bytes)
                .sum();
    }

    /**
     * Removes it.
     *
     * @return what was removed
     * @throws MedusaException of kind REFUSED, before anything is removed, if a restore has begun to swap data
     */
    public List<Staged> run(Request request) {
        try (ExclusiveLock lock = NodeStaging.lock(request.temporaryDirectory(), request.node())) {
            NodeStaging staging = staging(request);
            new OtherRestores(staging).journals().forEach((id, journal) -> {
                if (journal.phase().isInBetween()) {
                    throw new MedusaException(
                            FailureKind.REFUSED,
                            "the restore in " + id + " has begun to swap data and can no longer be given up. Run"
                                    + " restore-node for its backup again to complete it, or restore-node --undo");
                }
            });
            List<Staged> found = staged(staging);
            found.forEach(each -> staging.withId(each.id()).discard());
            return found;
        }
    }

    private NodeStaging staging(Request request) {
        CassandraYaml node = NodeDirectories.inUse(yaml, service);
        return new NodeStaging(
                "restore-",
                node.allDataDirectories(),
                Privileges.over(node.dataDirectories().get(0), request.sudoAllowed()));
    }

    /** Those with a journal are in the middle of a swap, or keep what an undo needs. */
    private static List<Staged> staged(NodeStaging staging) {
        Map<String, List<StagingDirectory>> byId = new TreeMap<>();
        for (Path directory : staging.dataDirectories()) {
            StagingDirectory.in(staging.paths().parent(directory))
                    .forEach(each -> byId.computeIfAbsent(each.id(), absent -> new ArrayList<>())
                            .add(each));
        }
        byId.keySet().removeIf(id -> staging.withId(id).journal().isPresent());
        return byId.entrySet().stream()
                .map(each -> new Staged(
                        each.getKey(),
                        each.getValue().stream().map(StagingDirectory::path).toList(),
                        each.getValue().stream()
                                .mapToLong(StagingDirectory::uniqueBytes)
                                .sum()))
                .toList();
    }
}
