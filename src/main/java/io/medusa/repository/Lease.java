package io.medusa.repository;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sign that a backup of a node is running, so that collection leaves alone what it may still reuse. It must be renewed
 * more often than {@link #VALID_FOR}; a dead one expires by itself.
 */
public final class Lease implements AutoCloseable {
    /** How long a lease counts after its last renewal. */
    public static final Duration VALID_FOR = Duration.ofMinutes(15);

    private static final Logger LOG = LoggerFactory.getLogger(Lease.class);

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
                ObjectSource.OfBytes.utf8("{\"node\": \"" + json(node.value()) + "\", \"backup\": \""
                        + json(backup.value())
                        + "\", \"pid\": "
                        + ProcessHandle.current().pid() + ", \"taken\": " + taken.getEpochSecond() + ", \"renewed\": "
                        + now.getEpochSecond() + ", \"expires\": "
                        + now.plus(VALID_FOR).getEpochSecond() + "}"));
    }

    private static String json(String text) {
        return new String(JsonStringEncoder.getInstance().quoteAsString(text));
    }

    /** Gives it back; what cannot be removed expires by itself. */
    @Override
    public void close() {
        try {
            storage.deleteAll(List.of(key));
        } catch (MedusaException failed) {
            LOG.warn("The lease {} could not be removed and will expire: {}", key, failed.getMessage());
        }
    }
}
