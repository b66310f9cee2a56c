package io.medusa.repository;

import com.fasterxml.jackson.core.JsonGenerator;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.Segments;
import io.medusa.os.ProcessIdentity;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The leases on a node that hold at some moment.
 *
 * @param backups the backups that are being written or read
 * @param isBackupRunning whether a running backup may reuse objects of the node's pool
 */
record Leases(Set<BackupName> backups, boolean isBackupRunning) {
    /** How long a lease counts for others after its last renewal. */
    static final Duration VALID_FOR = Duration.ofHours(1);

    static final String PURPOSE = "purpose";
    static final String READING = "read";
    static final String CLAIMING = "claiming";

    /** @param now of the store's clock */
    static Leases live(ObjectStorage storage, RepositoryLayout layout, NodeName node, Instant now) {
        Set<BackupName> backups = new HashSet<>();
        boolean running = false;
        for (StoredObject lease : valid(storage, layout, node, now)) {
            Optional<Map<String, List<String>>> fields = read(storage, lease.key());
            if (fields.isPresent()) {
                names(fields.get()).forEach(backups::add);
                running |= isWriter(fields.get());
            }
        }
        return new Leases(backups, running);
    }

    private static List<StoredObject> valid(
            ObjectStorage storage, RepositoryLayout layout, NodeName node, Instant now) {
        storage.refresh(layout.leasePrefix(node));
        try (Stream<StoredObject> objects = storage.list(layout.leasePrefix(node))) {
            return objects.filter(object -> object.modified().plus(VALID_FOR).isAfter(now))
                    .toList();
        }
    }

    /**
     * A writer's lease, as far as it can be read.
     *
     * @param renewed by the store's clock
     * @param first when the store first saw it
     * @param taken by the writer's clock
     * @param lock the identity of the machine's lock that the writer holds
     * @param data the identity of the node's data on its machine
     * @param claiming whether the writer is still looking for others
     */
    record Writer(
            ObjectKey key,
            String backup,
            ProcessIdentity process,
            Optional<String> lock,
            Optional<String> data,
            Instant taken,
            Instant first,
            Instant renewed,
            boolean claiming) {}

    /** All writers that hold or claim the node, except one. */
    static List<Writer> writersBeside(
            ObjectStorage storage, RepositoryLayout layout, NodeName node, ObjectKey own, Instant now) {
        List<Writer> writers = new ArrayList<>();
        for (StoredObject lease : valid(storage, layout, node, now)) {
            if (!lease.key().equals(own)) {
                read(storage, lease.key())
                        .filter(Leases::isWriter)
                        .ifPresent(fields -> writers.add(writer(lease, fields)));
            }
        }
        return writers;
    }

    /** The writers' leases on all nodes, also those that have expired. */
    static List<Writer> writers(Bucket bucket) {
        List<StoredObject> leases;
        try (Stream<StoredObject> objects =
                bucket.storage().list(bucket.layout().leasesPrefix())) {
            leases = objects.toList();
        }
        return bucket
                .lookups()
                .mapAll("Reading", leases, lease -> 0, lease -> read(bucket.storage(), lease.key())
                        .filter(Leases::isWriter)
                        .map(fields -> writer(lease, fields)))
                .stream()
                .flatMap(Optional::stream)
                .toList();
    }

    private static Writer writer(StoredObject lease, Map<String, List<String>> fields) {
        return new Writer(
                lease.key(),
                text(fields, "backup"),
                process(fields),
                Optional.of(text(fields, "lock")).filter(lock -> !lock.isEmpty()),
                Optional.of(text(fields, "data")).filter(data -> !data.isEmpty()),
                Instant.ofEpochSecond(number(fields, "taken")),
                time(text(fields, "first")),
                lease.modified(),
                text(fields, "state").equals(CLAIMING));
    }

    /** The process that stored an object, as {@link #writeProcess} wrote it. */
    static ProcessIdentity process(Map<String, List<String>> fields) {
        return new ProcessIdentity(
                text(fields, "host"),
                number(fields, "pid"),
                text(fields, "user"),
                text(fields, "boot"),
                text(fields, "namespace"),
                text(fields, "start"));
    }

    /** Writes the fields that identify a process. */
    static void writeProcess(JsonGenerator json, ProcessIdentity process) throws IOException {
        json.writeNumberField("pid", process.pid());
        json.writeStringField("host", process.host());
        json.writeStringField("user", process.user());
        json.writeStringField("boot", process.boot());
        json.writeStringField("namespace", process.namespace());
        json.writeStringField("start", process.start());
    }

    static String text(Map<String, List<String>> fields, String name) {
        return String.join(" ", fields.getOrDefault(name, List.of()));
    }

    static long number(Map<String, List<String>> fields, String name) {
        try {
            return Instant.ofEpochSecond(Long.parseLong(text(fields, name))).getEpochSecond();
        } catch (NumberFormatException | DateTimeException none) {
            return 0;
        }
    }

    /** Leases of earlier versions do not have it. */
    private static Instant time(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeException none) {
            return Instant.MIN;
        }
    }

    private static boolean isWriter(Map<String, List<String>> fields) {
        return !fields.getOrDefault(PURPOSE, List.of()).contains(READING);
    }

    /** The text as the name of a backup, if it can be one. */
    static Optional<BackupName> name(String text) {
        return Optional.of(text).filter(Segments::isSafe).map(BackupName::new);
    }

    private static Stream<BackupName> names(Map<String, List<String>> fields) {
        return fields.getOrDefault("backup", List.of()).stream()
                .filter(Segments::isSafe)
                .map(BackupName::new);
    }

    /** Empty if it was released meanwhile; without fields, which counts as a writer's, if it cannot be read. */
    private static Optional<Map<String, List<String>>> read(ObjectStorage storage, ObjectKey key) {
        Optional<InputStream> content = storage.open(key);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        try (InputStream in = content.get()) {
            return Optional.of(SmallJson.read(in));
        } catch (com.fasterxml.jackson.core.JsonProcessingException malformed) {
            return Optional.of(Map.of());
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + key, failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }
}
