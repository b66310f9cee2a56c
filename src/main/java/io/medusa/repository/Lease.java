package io.medusa.repository;

import io.medusa.error.FailureKind;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The sign that a backup of a node is running, so that collection leaves alone what it may still reuse, or that a finished one is
 * being read and must stay. It is renewed meanwhile; a dead one expires by itself.
 *
 * <p>Time is that of the store, as it stamps the lease's object: clocks of hosts may be wrong by hours. A backup whose lease was
 * not renewed for {@link #RENEW_WITHIN} no longer counts on it ({@link #confirm}); everybody else still does until
 * {@link #VALID_FOR} has passed, so that a request on its way has time to arrive.
 */
public final class Lease implements AutoCloseable {
    /** How long a lease counts for others after its last renewal. */
    public static final Duration VALID_FOR = Duration.ofHours(1);
    /** How long it counts for its holder. */
    public static final Duration RENEW_WITHIN = VALID_FOR.dividedBy(2);

    static final String PURPOSE = "purpose";
    static final String READING = "read";

    private static final Logger LOG = LoggerFactory.getLogger(Lease.class);

    private final ObjectStorage storage;
    private final ObjectKey key;
    private final NodeName node;
    private final BackupName backup;
    private final boolean toRead;
    private final Clock clock;
    private final Instant taken;
    private @Nullable Instant renewed;
    private boolean lapsed;

    private Lease(ObjectStorage storage, ObjectKey key, NodeName node, BackupName backup, boolean toRead, Clock clock) {
        this.storage = storage;
        this.key = key;
        this.node = node;
        this.backup = backup;
        this.toRead = toRead;
        this.clock = clock;
        this.taken = clock.instant();
    }

    static Lease take(ObjectStorage storage, ObjectKey key, NodeName node, BackupName backup, Clock clock) {
        return taken(new Lease(storage, key, node, backup, false, clock));
    }

    /** For somebody who reads that backup and writes nothing. */
    static Lease takeToRead(ObjectStorage storage, ObjectKey key, NodeName node, BackupName backup, Clock clock) {
        return taken(new Lease(storage, key, node, backup, true, clock));
    }

    private static Lease taken(Lease lease) {
        lease.renew();
        return lease;
    }

    /** Writes it anew, valid from now; may be called from another thread. */
    public synchronized void renew() {
        Instant now = clock.instant();
        Instant stamped = storage.put(key, ObjectSource.OfBytes.utf8(SmallJson.write(json -> {
                    json.writeStringField("node", node.value());
                    json.writeStringField("backup", backup.value());
                    json.writeStringField(PURPOSE, toRead ? READING : "backup");
                    json.writeNumberField("pid", ProcessHandle.current().pid());
                    json.writeNumberField("taken", taken.getEpochSecond());
                    json.writeNumberField("renewed", now.getEpochSecond());
                    json.writeNumberField("expires", now.plus(VALID_FOR).getEpochSecond());
                })))
                .modified();
        if (renewed != null && stamped.isAfter(renewed.plus(RENEW_WITHIN))) {
            lapsed = true;
        }
        renewed = stamped;
    }

    /**
     * Renews it, and makes sure that it has held without a gap since it was taken.
     *
     * @throws MedusaException of kind TIMEOUT if it has not, so that what was seen in the bucket need not be there any more
     */
    public void confirm() {
        renew();
        if (isLapsed()) {
            throw new MedusaException(
                    FailureKind.TIMEOUT,
                    "the backup stood still for more than " + RENEW_WITHIN.toMinutes()
                            + " minutes (was the machine suspended?), and what it builds upon may have been purged"
                            + " meanwhile; run the same command again");
        }
    }

    /** Whether there was a time when it did not hold. */
    public synchronized boolean isLapsed() {
        return lapsed;
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
