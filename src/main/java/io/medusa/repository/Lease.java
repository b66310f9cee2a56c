package io.medusa.repository;

import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * The sign that a backup of a node is running, so that collection leaves alone what it may still reuse. It must be renewed
 * more often than {@link #VALID_FOR}; a dead one expires by itself.
 */
public final class Lease implements AutoCloseable {
    /** How long a lease counts after its last renewal. */
    public static final Duration VALID_FOR = Duration.ofMinutes(15);

    private final ObjectStorage storage;
    private final ObjectKey key;
    private final NodeName node;
    private final BackupName backup;
    private final Clock clock;
    private final Instant taken;

    private Lease(ObjectStorage storage, ObjectKey key, NodeName node, BackupName backup, Clock clock) {
        this.storage = storage;
        this.key = key;
        this.node = node;
        this.backup = backup;
        this.clock = clock;
        this.taken = clock.instant();
    }

    static Lease take(ObjectStorage storage, ObjectKey key, NodeName node, BackupName backup, Clock clock) {
        Lease lease = new Lease(storage, key, node, backup, clock);
        lease.renew();
        return lease;
    }

    /** Writes it anew, valid from now; may be called from another thread. */
    public void renew() {
        Instant now = clock.instant();
        storage.put(
                key,
                ObjectSource.OfBytes.utf8("{\"node\": \"" + node + "\", \"backup\": \"" + backup + "\", \"pid\": "
                        + ProcessHandle.current().pid() + ", \"taken\": " + taken.getEpochSecond() + ", \"renewed\": "
                        + now.getEpochSecond() + ", \"expires\": "
                        + now.plus(VALID_FOR).getEpochSecond() + "}"));
    }

    /** Gives it back. */
    @Override
    public void close() {
        storage.deleteAll(List.of(key));
    }
}
