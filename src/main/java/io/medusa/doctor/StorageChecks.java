package io.medusa.doctor;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import io.medusa.model.Count;
import io.medusa.model.NodeName;
import io.medusa.storage.MultipartUpload;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.storage.UnfinishedUpload;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/** Tries every permission that backups need, on its own objects below {@code index/doctor/}. */
final class StorageChecks {
    private static final Duration CLOCK_MAY_DIFFER = Duration.ofMinutes(1);
    /** Larger trial objects would take too much memory. */
    private static final long LARGEST_TRIAL = 32 << 20;

    private static final String WORDS = "medusa doctor was here";

    private final ObjectStorage storage;
    private final Clock clock;

    StorageChecks(ObjectStorage storage, Clock clock) {
        this.storage = storage;
        this.clock = clock;
    }

    List<Check> run(String prefix, NodeName node) {
        return new Attempts().of(attempts -> run(prefix, node, attempts));
    }

    private void run(String prefix, NodeName node, Attempts attempts) {
        String directory =
                (prefix.isEmpty() ? "" : prefix + "/") + "index/doctor/" + node.value() + "/" + UUID.randomUUID() + "/";
        ObjectKey first = new ObjectKey(directory + "first");
        ObjectKey copy = new ObjectKey(directory + "copy");
        ObjectKey large = new ObjectKey(directory + "large");
        Instant before = clock.instant();
        Optional<StoredObject> stored = attempts.value(
                "storage: put",
                () -> storage.put(first, ObjectSource.OfBytes.utf8(WORDS)),
                object -> "stored an object in " + storage.describe());
        if (stored.isEmpty()) {
            attempts.skip("storage: get", "storage: copy", "storage: parts", "storage: delete", "storage: clock");
            attempts.text("storage: list", () -> list(directory, false));
            return;
        }
        attempts.text("storage: get", () -> read(first));
        attempts.text("storage: list", () -> list(directory, true));
        attempts.text("storage: copy", () -> {
            storage.copy(first, WORDS.length(), copy);
            read(copy);
            return "copied inside the store";
        });
        multipart(large, attempts);
        attempts.text("storage: delete", () -> {
            storage.deleteAll(List.of(first, copy, large));
            if (storage.stat(first).isPresent()) {
                throw new MedusaException(
                        FailureKind.STORAGE_UNAVAILABLE, "a deleted object is still there; is the bucket locked?");
            }
            return "deleted what was stored";
        });
        clock(before, stored.get(), attempts);
    }

    private String read(ObjectKey key) {
        try (InputStream in = storage.open(key)
                .orElseThrow(() -> new MedusaException(
                        FailureKind.STORAGE_UNAVAILABLE, "an object that was stored cannot be found: " + key))) {
            String found = new String(in.readNBytes(WORDS.length() + 1), StandardCharsets.UTF_8);
            if (!found.equals(WORDS)) {
                throw new MedusaException(
                        FailureKind.STORAGE_UNAVAILABLE, "the store returned different bytes than were stored");
            }
            return "read it back";
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + key, failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }

    private String list(String directory, boolean expected) {
        try (Stream<StoredObject> objects = storage.list(directory)) {
            if (objects.findAny().isEmpty() && expected) {
                throw new MedusaException(
                        FailureKind.STORAGE_UNAVAILABLE,
                        "an object that was stored is not listed: the store is not consistent enough for backups");
            }
            return "listed";
        }
    }

    private void multipart(ObjectKey key, Attempts attempts) {
        String subject = "storage: parts";
        long size = storage.hashRule().threshold();
        if (size > LARGEST_TRIAL) {
            attempts.add(
                    subject,
                    Outcome.SKIPPED,
                    "this store has no multipart uploads, or only for objects that are too large to try");
            return;
        }
        ObjectSource source = new ObjectSource.OfBytes(ByteBuffer.allocate((int) size));
        attempts.text(subject, () -> {
            Optional<MultipartUpload> upload = storage.multipart(key, source);
            upload.ifPresent(parts -> {
                parts.put(0);
                parts.abort();
            });
            storage.put(key, source);
            List<UnfinishedUpload> left = storage.unfinishedUploads(
                    key.value().substring(0, key.value().indexOf("index/doctor/")));
            return "stored in parts, then aborted; "
                    + (left.isEmpty()
                            ? "no incomplete uploads left by earlier runs"
                            : Count.of(left.size(), "incomplete upload")
                                    + " left by earlier runs: abort with medusa clear-uploads");
        });
    }

    private void clock(Instant before, StoredObject stored, Attempts attempts) {
        Duration off = Duration.between(before, stored.modified());
        boolean good = off.abs().compareTo(CLOCK_MAY_DIFFER) <= 0;
        attempts.add(
                "storage: clock",
                good ? Outcome.OK : Outcome.WARNING,
                good
                        ? "differs from this machine's by less than a minute"
                        : "differs from this machine's by " + off.abs().toSeconds()
                                + " seconds; many stores reject requests beyond 15 minutes: set the clock");
    }
}
