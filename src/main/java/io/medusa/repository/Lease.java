package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.os.ProcessIdentity;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.Precondition;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An object in the bucket that says that a backup of a node is being written, so that no purge deletes what it may reuse and nobody
 * else writes backups of that node, or that a finished backup is being read and must not be deleted. It is renewed meanwhile; without
 * that it expires.
 *
 * <p>Time is that of the store, as it stamps the lease's object: clocks of hosts may be wrong by hours. A backup whose lease was
 * not renewed for {@link #RENEW_WITHIN} no longer counts on it ({@link #confirm}); everybody else still does until
 * {@link #VALID_FOR} has passed, so that a request on its way has time to arrive.
 *
 * <p>Two writers of one node exclude each other by writing first and reading afterwards ({@link #claim}).
 */
public final class Lease implements AutoCloseable {
    /** How long a lease counts for others after its last renewal. */
    public static final Duration VALID_FOR = Leases.VALID_FOR;
    /** How long it counts for its holder. */
    public static final Duration RENEW_WITHIN = VALID_FOR.dividedBy(2);

    private static final String WRITING = "backup";

    private static final Logger LOG = LoggerFactory.getLogger(Lease.class);
    /** How often a writer with precedence checks whether another one that claims the node at the same time yields. */
    private static final int LOOKS = 20;

    private final ObjectStorage storage;
    private final ObjectKey key;
    private final NodeName node;
    private final BackupName backup;
    private final boolean toRead;
    private final Optional<String> lock;
    private final Optional<String> data;
    private final Clock clock;
    private final Instant taken;
    private @Nullable Instant first;
    private @Nullable Instant renewed;
    private Instant renewedHere;
    private long renewedNanos;
    private boolean claiming;
    private boolean lapsed;

    private Lease(
            ObjectStorage storage,
            ObjectKey key,
            NodeName node,
            BackupName backup,
            boolean toRead,
            Optional<String> lock,
            Optional<String> data,
            Clock clock) {
        this.storage = storage;
        this.key = key;
        this.node = node;
        this.backup = backup;
        this.toRead = toRead;
        this.lock = lock;
        this.data = data;
        this.clock = clock;
        this.taken = clock.instant();
        this.renewedHere = taken;
        this.renewedNanos = System.nanoTime();
    }

    /**
     * Claims the node for a writer.
     *
     * @param lock the identity of the machine's lock that the caller holds: a writer that claimed the node with the same one is dead
     * @param data the identity of the node's data on this machine
     * @param betweenLooks how long to wait for another writer that claims the node at the same time
     * @throws MedusaException of kind BUSY if another writer holds the node
     */
    static Lease take(
            ObjectStorage storage,
            RepositoryLayout layout,
            ObjectKey key,
            NodeName node,
            BackupName backup,
            Optional<String> lock,
            Optional<String> data,
            Duration betweenLooks,
            Clock clock) {
        Lease lease = new Lease(storage, key, node, backup, false, lock, data, clock);
        lease.claiming = true;
        boolean won = false;
        try {
            lease.store(Precondition.ABSENT);
            lease.claim(layout, betweenLooks);
            won = true;
            return lease;
        } finally {
            if (!won) {
                lease.close();
            }
        }
    }

    /** For a reader of that backup, who writes nothing. */
    static Lease takeToRead(ObjectStorage storage, ObjectKey key, NodeName node, BackupName backup, Clock clock) {
        Lease lease = new Lease(storage, key, node, backup, true, Optional.empty(), Optional.empty(), clock);
        lease.renew();
        return lease;
    }

    /**
     * Makes sure that no other writer holds the node. Each stores its claim before it looks for others, so that of two at least one sees
     * the other. A holder keeps the node. Of two claims, the one with the greater key yields at once, and the other waits until it has:
     * it may have looked before the other claim was there.
     */
    private void claim(RepositoryLayout layout, Duration betweenLooks) {
        for (int look = 1; ; look++) {
            List<Leases.Writer> others = new ArrayList<>();
            for (Leases.Writer other : Leases.writersBeside(storage, layout, node, key, first())) {
                if (isDead(other)) {
                    removeDead(other);
                } else {
                    others.add(other);
                }
            }
            Optional<Leases.Writer> before = others.stream()
                    .filter(other -> !other.claiming() || other.key().compareTo(key) < 0)
                    .findFirst();
            if (before.isPresent() || (look == LOOKS && !others.isEmpty())) {
                throw busy(before.orElseGet(() -> others.get(0)));
            }
            if (others.isEmpty()) {
                break;
            }
            pause(betweenLooks);
        }
        synchronized (this) {
            claiming = false;
            renew();
        }
    }

    /**
     * Whether a writer is dead: its process has ended, or held the lock that this one holds now, or ran in a container of this pod
     * that has restarted since. Should that be wrong, the other writer sees this lease before it publishes.
     */
    private boolean isDead(Leases.Writer other) {
        ProcessIdentity own = ProcessIdentity.own();
        ProcessIdentity process = other.process();
        boolean sameLock = lock.isPresent() && lock.equals(other.lock());
        boolean restarted = data.isPresent()
                && data.equals(other.data())
                && process.host().equals(own.host())
                && !process.namespace().equals(own.namespace());
        return (process.isOfSameBoot(own) && (sameLock || restarted)) || process.hasEnded();
    }

    /** Removes the lease of a dead writer. */
    private void removeDead(Leases.Writer other) {
        LOG.info(
                "Process {} of this machine, which backed up {} as {}, ended without releasing its lease",
                other.process().pid(),
                node,
                other.backup());
        try {
            storage.deleteAll(List.of(other.key()));
        } catch (MedusaException failed) {
            // it counts for nothing here, and expires for the rest
            LOG.warn("Removing the lease {} of that process failed: {}", other.key(), failed.getMessage());
        }
    }

    private MedusaException busy(Leases.Writer other) {
        ProcessIdentity process = other.process();
        String who = process.host().isEmpty()
                ? "process " + process.pid() + " on an unknown host"
                : "process " + process.pid() + " of user " + process.user() + " on host " + process.host();
        Instant until = other.renewed().plus(VALID_FOR);
        if (process.host().isEmpty() && process.pid() == 0) {
            return new MedusaException(
                    FailureKind.BUSY,
                    "the lease " + other.key()
                            + " cannot be read (possibly torn by a power failure), and another host may be"
                            + " backing up node " + node + ". It expires at " + until
                            + ". To continue before then, make sure that no backup of the node is running, then delete that object from "
                            + storage.describe());
        }
        return new MedusaException(
                FailureKind.BUSY,
                "node " + node + " is already being backed up as " + other.backup() + " by " + who + ", since "
                        + other.taken() + ", last seen " + other.renewed()
                        + ". Wait for it to finish. If that process has died, its lease expires at " + until
                        + ". To continue before then, make sure that it cannot resume, then delete the object "
                        + other.key()
                        + " from " + storage.describe());
    }

    private static void pause(Duration pause) {
        try {
            Thread.sleep(pause.toMillis());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw io.medusa.error.Failures.interrupted(stopped);
        }
    }

    /** When it was first stored, by the store's clock. */
    private synchronized Instant first() {
        return first == null ? Instant.MAX : first;
    }

    /**
     * Stores it again, valid from now; may be called from another thread. A writer's lease that has lapsed by this host's clock is not
     * renewed: others may hold the node by now. A reader's always is.
     */
    public synchronized void renew() {
        lapsed |= hasLapsedHere();
        if (!lapsed || toRead) {
            store(Precondition.NONE);
        }
    }

    /** One clock stops while the machine is suspended, the other may be set: the later one counts. */
    private boolean hasLapsedHere() {
        return renewed != null && sinceRenewal().compareTo(RENEW_WITHIN) > 0;
    }

    private Duration sinceRenewal() {
        Duration byClock = Duration.between(renewedHere, clock.instant());
        Duration byTicks = Duration.ofNanos(System.nanoTime() - renewedNanos);
        return byClock.compareTo(byTicks) > 0 ? byClock : byTicks;
    }

    private synchronized void store(Precondition when) {
        Instant now = clock.instant();
        long ticks = System.nanoTime();
        Instant stamped = storage.put(key, text(now), when).modified();
        if (renewed != null && stamped.isAfter(renewed.plus(RENEW_WITHIN))) {
            lapsed = true;
        }
        if (first == null) {
            first = stamped;
        }
        renewed = stamped;
        renewedHere = now;
        renewedNanos = ticks;
    }

    private ObjectSource text(Instant now) {
        ProcessIdentity process = ProcessIdentity.own();
        return ObjectSource.OfBytes.utf8(SmallJson.write(json -> {
            json.writeStringField("node", node.value());
            json.writeStringField("backup", backup.value());
            json.writeStringField(Leases.PURPOSE, toRead ? Leases.READING : WRITING);
            Leases.writeProcess(json, process);
            json.writeStringField("lock", lock.orElse(""));
            json.writeStringField("data", data.orElse(""));
            json.writeStringField("state", claiming ? Leases.CLAIMING : "held");
            if (first != null) {
                json.writeStringField("first", first.toString());
            }
            json.writeNumberField("taken", taken.getEpochSecond());
            json.writeNumberField("renewed", now.getEpochSecond());
            json.writeNumberField("expires", now.plus(VALID_FOR).getEpochSecond());
        }));
    }

    /** Finds out whether the store refuses to replace an object that must be new, by trying it with the lease. */
    void tryToReplace() {
        try {
            storage.put(key, text(clock.instant()), Precondition.ABSENT);
        } catch (MedusaException refused) {
            if (refused.kind() != FailureKind.BUSY) {
                throw refused;
            }
        }
    }

    /**
     * Renews it if that is due; call it right before anything is stored that relies on the lease.
     *
     * @throws MedusaException of kind TIMEOUT if it has lapsed
     */
    synchronized void ensure() {
        if (sinceRenewal().compareTo(RENEW_WITHIN.dividedBy(2)) > 0) {
            renew();
        }
        checkHeld();
    }

    /**
     * Renews it, and makes sure that it has never lapsed since it was taken, and that nobody else has taken the node since.
     *
     * @throws MedusaException of kind TIMEOUT if it has lapsed, so that what was seen in the bucket may have been deleted
     */
    void confirm(RepositoryLayout layout) {
        renew();
        checkHeld();
        Instant now;
        synchronized (this) {
            now = renewed == null ? Instant.MIN : renewed;
        }
        for (Leases.Writer other : Leases.writersBeside(storage, layout, node, key, now)) {
            // a later holder found this lease expired, or this machine's process dead
            if (!other.claiming() && other.first().isAfter(first())) {
                throw busy(other);
            }
        }
    }

    private void checkHeld() {
        if (isLapsed()) {
            throw new MedusaException(
                    FailureKind.TIMEOUT,
                    "the backup paused for more than " + RENEW_WITHIN.toMinutes()
                            + " minutes (possibly the machine was suspended), so a purge may have deleted what it"
                            + " reuses. Run the same command again");
        }
    }

    /** Whether it has lapsed at any time. */
    public synchronized boolean isLapsed() {
        return lapsed;
    }

    /** Releases it. Without permission to delete, it is replaced by one that has no effect; if that fails too, it expires. */
    @Override
    public void close() {
        try {
            storage.deleteAll(List.of(key));
        } catch (MedusaException failed) {
            try {
                storage.put(key, ObjectSource.OfBytes.utf8(SmallJson.write(json -> {
                    json.writeStringField("node", node.value());
                    json.writeStringField(Leases.PURPOSE, Leases.READING);
                })));
            } catch (MedusaException again) {
                LOG.warn("Removing the lease {} failed, so it will expire: {}", key, failed.getMessage());
            }
        }
    }
}
