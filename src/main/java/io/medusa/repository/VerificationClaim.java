package io.medusa.repository;

import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.os.ProcessIdentity;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.Heartbeat;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An object in the index that says that a host verifies all backups, so that the other nodes with the same timer need not. Like a lease, it
 * is renewed meanwhile and expires without that. It protects nothing: should two hosts verify at once, both results count.
 */
public final class VerificationClaim implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(VerificationClaim.class);
    private static final int LOOKS = 20;
    private static final String CLAIMING = "claiming";

    private final Bucket bucket;
    private final ObjectKey key;
    private final Instant since;
    private @Nullable Heartbeat beat;

    private VerificationClaim(Bucket bucket) {
        this.bucket = bucket;
        this.key = bucket.layout().verifying(UUID.randomUUID().toString());
        this.since = bucket.clock().instant();
    }

    /** Who verifies, and since when by their clock. */
    public record Holder(String host, Instant since) {}

    /**
     * The claim, or who has it.
     *
     * @param claim empty if another host has it
     */
    public record Attempt(Optional<VerificationClaim> claim, Optional<Holder> holder) {}

    /**
     * Claims the verification of all backups. Of several hosts that do so at the same time, one gets it.
     *
     * @param betweenLooks how long to wait for the others then
     * @throws MedusaException if the bucket cannot be written to
     */
    public static Attempt take(Bucket bucket, Duration betweenLooks) {
        VerificationClaim own = new VerificationClaim(bucket);
        boolean won = false;
        try {
            own.store(true);
            Optional<Holder> holder = own.firstOther(betweenLooks);
            if (holder.isPresent()) {
                return new Attempt(Optional.empty(), holder);
            }
            own.store(false);
            own.beat = Heartbeat.start(
                    Lease.RENEW_WITHIN.dividedBy(3),
                    () -> own.store(false),
                    failed -> LOG.warn("Renewing the claim of this verification failed: {}", failed.getMessage()));
            won = true;
            return new Attempt(Optional.of(own), Optional.empty());
        } finally {
            if (!won) {
                own.close();
            }
        }
    }

    /**
     * Looks for others after this claim is stored, so that of two at least one sees the other. Of two that look, the one with the greater
     * key yields, and the other waits until it has.
     */
    private Optional<Holder> firstOther(Duration betweenLooks) {
        for (int look = 1; look <= LOOKS; look++) {
            boolean alone = true;
            for (StoredObject other : others()) {
                Optional<Map<String, List<String>>> fields = read(other.key());
                if (fields.isPresent() && !hasEnded(fields.get())) {
                    alone = false;
                    if (!text(fields.get(), "state").equals(CLAIMING)
                            || other.key().compareTo(key) < 0) {
                        return Optional.of(holder(fields.get()));
                    }
                }
            }
            if (alone) {
                break;
            }
            pause(betweenLooks);
        }
        return Optional.empty();
    }

    /** By the clock of the store, those that have not expired; those that expired long ago are removed. */
    private List<StoredObject> others() {
        List<StoredObject> all;
        String prefix = bucket.layout().verifyingPrefix();
        bucket.storage().refresh(prefix);
        try (Stream<StoredObject> objects = bucket.storage().list(prefix)) {
            all = objects.toList();
        }
        Instant now = all.stream()
                .filter(object -> object.key().equals(key))
                .map(StoredObject::modified)
                .findFirst()
                .orElseGet(() -> bucket.clock().instant());
        List<StoredObject> valid = new ArrayList<>();
        List<ObjectKey> expired = new ArrayList<>();
        for (StoredObject object : all) {
            if (object.modified().plus(Lease.VALID_FOR).isBefore(now)) {
                expired.add(object.key());
            } else if (!object.key().equals(key)) {
                valid.add(object);
            }
        }
        if (!expired.isEmpty()) {
            bucket.storage().deleteAll(expired);
        }
        return valid;
    }

    private Optional<Map<String, List<String>>> read(ObjectKey other) {
        Optional<InputStream> content = bucket.storage().open(other);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = content.get()) {
            return Optional.of(SmallJson.read(in));
        } catch (IOException malformed) {
            LOG.debug("Reading {} failed: {}", other, malformed.getMessage());
            return Optional.empty();
        }
    }

    private static boolean hasEnded(Map<String, List<String>> fields) {
        return Leases.process(fields).hasEnded();
    }

    private static Holder holder(Map<String, List<String>> fields) {
        String since = text(fields, "since");
        return new Holder(
                text(fields, "host"), Instant.ofEpochSecond(since.matches("[0-9]{1,12}") ? Long.parseLong(since) : 0));
    }

    private static String text(Map<String, List<String>> fields, String name) {
        return String.join(" ", fields.getOrDefault(name, List.of()));
    }

    private void store(boolean claiming) {
        bucket.storage().put(key, ObjectSource.OfBytes.utf8(SmallJson.write(json -> {
            Leases.writeProcess(json, ProcessIdentity.own());
            json.writeNumberField("since", since.getEpochSecond());
            json.writeStringField("state", claiming ? CLAIMING : "running");
        })));
    }

    private static void pause(Duration pause) {
        try {
            Thread.sleep(pause.toMillis());
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(stopped);
        }
    }

    /** Releases it; if that fails, it expires. */
    @Override
    public void close() {
        if (beat != null) {
            beat.close();
        }
        try {
            bucket.storage().deleteAll(List.of(key));
        } catch (MedusaException failed) {
            LOG.debug("Removing the claim {} failed: {}", key, failed.getMessage());
        }
    }
}
