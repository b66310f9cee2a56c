package io.medusa.doctor;

import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.SnapshotRequest;
import io.medusa.doctor.Check.Outcome;
import io.medusa.model.Count;
import io.medusa.model.NodeName;
import io.medusa.storage.ObjectStorage;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Tries everything that a backup will do, on the real store and the real node, and cleans up after itself. One thing that fails
 * does not keep it from trying the rest.
 */
public final class Doctor {
    private final ObjectStorage storage;
    private final Supplier<CassandraNode> cassandra;
    private final Clock clock;

    /** All of them stay the caller's to close. */
    public Doctor(ObjectStorage storage, Supplier<CassandraNode> cassandra, Clock clock) {
        this.storage = storage;
        this.cassandra = cassandra;
        this.clock = clock;
    }

    /**
     * What to look at.
     *
     * @param prefix of all keys, without slash, empty for none
     * @param withNode whether the node is looked at, and not only the store
     * @param withSnapshot whether a snapshot is taken and cleared; Cassandra flushes its memtables for it
     * @param temporaryDirectory where locks and markers go
     */
    public record Request(
            NodeName node, String prefix, boolean withNode, boolean withSnapshot, Path temporaryDirectory) {
        /** The same of the store only. */
        public Request withoutNode() {
            return new Request(node, prefix, false, withSnapshot, temporaryDirectory);
        }

        /** The same without the test snapshot. */
        public Request withoutSnapshot() {
            return new Request(node, prefix, withNode, false, temporaryDirectory);
        }
    }

    /** Everything that was looked at, in the order of a backup. */
    public record Result(List<Check> checks) {
        /** Whether nothing failed. */
        public boolean isHealthy() {
            return checks.stream().noneMatch(check -> check.outcome() == Outcome.FAILED);
        }
    }

    /** Looks at everything. */
    public Result run(Request request) {
        List<Check> checks = new ArrayList<>(new StorageChecks(storage, clock).run(request.prefix(), request.node()));
        if (request.withNode()) {
            checks.addAll(new Attempts().of(attempts -> node(request, attempts)));
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
