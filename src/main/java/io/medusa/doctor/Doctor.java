package io.medusa.doctor;

import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.RestoreChecks;
import io.medusa.cassandra.SnapshotRequest;
import io.medusa.error.MedusaException;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import io.medusa.model.Count;
import io.medusa.model.NodeName;
import io.medusa.repository.BackupCatalog;
import io.medusa.storage.ObjectStorage;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Tries everything that a backup does, on the real store and the real node, and cleans up after itself. A failed
 * check does not prevent the others.
 */
public final class Doctor {
    private final ObjectStorage storage;
    private final BackupCatalog catalog;
    private final Supplier<CassandraNode> cassandra;
    private final Supplier<RestoreChecks> restore;
    private final Clock clock;

    /** The caller closes all of them. */
    public Doctor(
            ObjectStorage storage,
            BackupCatalog catalog,
            Supplier<CassandraNode> cassandra,
            Supplier<RestoreChecks> restore,
            Clock clock) {
        this.storage = storage;
        this.catalog = catalog;
        this.cassandra = cassandra;
        this.restore = restore;
        this.clock = clock;
    }

    /**
     * What to check.
     *
     * @param prefix of all keys, without slash, empty for none
     * @param withNode whether to check the node, too
     * @param withSnapshot whether to take and clear a snapshot, for which Cassandra flushes its memtables
     * @param withRestore whether to check what a restore needs, too
     * @param temporaryDirectory where locks and markers go
     */
    public record Request(
            NodeName node,
            String prefix,
            boolean withNode,
            boolean withSnapshot,
            boolean withRestore,
            Path temporaryDirectory) {
        /** The same for the store only. */
        public Request withoutNode() {
            return new Request(node, prefix, false, withSnapshot, false, temporaryDirectory);
        }

        /** The same without the test snapshot. */
        public Request withoutSnapshot() {
            return new Request(node, prefix, withNode, false, withRestore, temporaryDirectory);
        }

        /** The same, and what a restore needs of the node, unless only the store is checked. */
        public Request andRestore() {
            return new Request(node, prefix, withNode, withSnapshot, withNode, temporaryDirectory);
        }
    }

    /** All checks, in the order of a backup. */
    public record Result(List<Check> checks) {
        /** Whether nothing failed. */
        public boolean isHealthy() {
            return checks.stream().noneMatch(check -> check.outcome() == Outcome.FAILED);
        }
    }

    /** Runs all checks. */
    public Result run(Request request) {
        List<Check> checks = new ArrayList<>(new StorageChecks(storage, clock).run(request.prefix(), request.node()));
        if (request.withNode()) {
            checks.addAll(new Attempts().of(attempts -> node(request, attempts)));
        }
        if (request.withRestore()) {
            checks.addAll(new Attempts().of(attempts -> restore(request, attempts)));
        }
        return new Result(checks);
    }

    private void node(Request request, Attempts attempts) {
        Optional<CassandraNode> found =
                attempts.value("node: cassandra.yaml", cassandra, node -> "data in " + node.dataDirectories());
        if (found.isEmpty()) {
            attempts.skip("node: data directories", "node: cql", "node: snapshot");
            return;
        }
        CassandraNode node = found.get();
        attempts.all(NodeFiles.checks(node, request.temporaryDirectory(), clock.instant()));
        Optional<NodeDescription> description = attempts.value(
                "node: cql",
                node::describe,
                described -> described.metadata().version().serverType() + " "
                        + described.metadata().version().releaseVersion() + ", nodes in the ring: "
                        + described.metadata().tokenMap().names().size());
        description.ifPresent(described -> {
            boolean known = described.metadata().tokenMap().names().contains(request.node());
            attempts.add(
                    "node: name",
                    known ? Outcome.OK : Outcome.WARNING,
                    known
                            ? request.node() + ", as in the ring"
                            : "this node calls itself " + request.node() + ", but the ring knows "
                                    + described.metadata().tokenMap().names()
                                    + "; set fqdn in [storage], or resolve_ip_addresses in [cassandra]");
        });
        snapshot(request, node, attempts);
    }

    private void restore(Request request, Attempts attempts) {
        try {
            attempts.all(restore.get().run(true));
            attempts.check("restore: room", () -> new RestoreRoom(catalog).look(request.node(), cassandra.get()));
        } catch (MedusaException failed) {
            attempts.add("restore: node", Outcome.FAILED, String.valueOf(failed.getMessage()));
        }
    }

    private void snapshot(Request request, CassandraNode node, Attempts attempts) {
        if (!request.withSnapshot()) {
            attempts.skip("node: snapshot");
            return;
        }
        String tag = "medusa-doctor-" + clock.millis();
        attempts.text("node: snapshot", () -> {
            try (var snapshot = node.takeSnapshot(new SnapshotRequest(tag, "medusa doctor", Set.of(), false), false)) {
                long files =
                        snapshot.files().values().stream().mapToLong(List::size).sum();
                return "taken and cleared, " + Count.of(files, "file");
            }
        });
        if (node.snapshotTags().contains(tag)) {
            attempts.add("node: snapshot", Outcome.FAILED, "snapshot " + tag + " could not be cleared");
        }
    }
}
