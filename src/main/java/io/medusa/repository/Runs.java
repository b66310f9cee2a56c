package io.medusa.repository;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.repository.RepositoryLayout.NodeAndName;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the leases and the runs' own records say of unfinished backups ({@link RunTracker}). Reads without asking for more permissions
 * than listings need: without them, nothing is known.
 */
final class Runs {
    private static final Logger LOG = LoggerFactory.getLogger(Runs.class);

    private final Bucket bucket;
    private final RepositoryLayout layout;

    Runs(Bucket bucket) {
        this.bucket = bucket;
        this.layout = bucket.layout();
    }

    /** The latest run of each backup, for those that are wanted. */
    Map<NodeAndName, Run> read(Predicate<NodeAndName> wanted) {
        try {
            return combined(wanted);
        } catch (MedusaException denied) {
            if (denied.kind() != FailureKind.STORAGE_DENIED) {
                throw denied;
            }
            LOG.debug("Cannot read what runs: {}", denied.getMessage());
            return Map.of();
        }
    }

    private Map<NodeAndName, Run> combined(Predicate<NodeAndName> wanted) {
        Map<NodeAndName, Leases.Writer> writers = new HashMap<>();
        Leases.writers(bucket).forEach(writer -> layout.parseLease(writer.key())
                .flatMap(node -> Leases.name(writer.backup()).map(name -> new NodeAndName(node, name)))
                .filter(wanted)
                .ifPresent(backup ->
                        writers.merge(backup, writer, (a, b) -> a.renewed().isAfter(b.renewed()) ? a : b)));
        List<StoredObject> records = list(layout.runsPrefix()).stream()
                .filter(object -> layout.parseRun(object.key()).filter(wanted).isPresent())
                .toList();
        Map<NodeAndName, Run> runs = new HashMap<>();
        Instant now = now(records, writers.values());
        bucket.lookups().mapAll("Reading", records, record -> 0, this::fields).stream()
                .flatMap(Optional::stream)
                .forEach(record ->
                        runs.put(record.backup(), run(record, Optional.ofNullable(writers.get(record.backup())), now)));
        writers.forEach((backup, writer) -> runs.computeIfAbsent(backup, absent -> run(absent, writer, now)));
        return runs;
    }

    /** By this host's clock, unless the store has a later one. */
    private Instant now(List<StoredObject> records, Iterable<Leases.Writer> writers) {
        Instant now = bucket.clock().instant();
        for (StoredObject record : records) {
            now = record.modified().isAfter(now) ? record.modified() : now;
        }
        for (Leases.Writer writer : writers) {
            now = writer.renewed().isAfter(now) ? writer.renewed() : now;
        }
        return now;
    }

    /** What a run has recorded. */
    private record Recorded(NodeAndName backup, Instant stored, Map<String, List<String>> fields) {
        /** Anybody who may write to the bucket may have written it, and it is shown on terminals. */
        String text(String field) {
            return printable(Leases.text(fields, field));
        }

        long number(String field) {
            return Math.max(0, Leases.number(fields, field));
        }
    }

    private Optional<Recorded> fields(StoredObject object) {
        Optional<InputStream> content = bucket.storage().open(object.key());
        if (content.isEmpty()) {
            return Optional.empty();
        }
        NodeAndName backup = layout.parseRun(object.key()).orElseThrow();
        try (InputStream in = content.get()) {
            return Optional.of(new Recorded(backup, object.modified(), SmallJson.read(in)));
        } catch (JsonProcessingException torn) {
            return Optional.of(new Recorded(backup, object.modified(), Map.of()));
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + object.key(), failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }

    private static Run run(Recorded record, Optional<Leases.Writer> writer, Instant now) {
        Optional<Leases.Writer> later = writer.filter(held -> held.renewed().isAfter(record.stored()));
        Instant seen = later.map(Leases.Writer::renewed).orElse(record.stored());
        boolean failed = !record.text("failed").isEmpty() && later.isEmpty();
        return new Run(
                record.backup().node(),
                record.backup().name(),
                failed ? Run.State.FAILED : state(writer, seen, record.text("phase"), now),
                record.text("phase"),
                Optional.of(record.number("began")).filter(began -> began > 0).map(Instant::ofEpochSecond),
                seen,
                record.text("host"),
                record.number("pid"),
                record.number("files"),
                record.number("files_done"),
                record.number("bytes"),
                record.number("bytes_done"),
                failed ? Optional.of(new Run.Failure(record.text("failed"), record.text("error"))) : Optional.empty());
    }

    /** Of a version that records nothing. */
    private static Run run(NodeAndName backup, Leases.Writer writer, Instant now) {
        return new Run(
                backup.node(),
                backup.name(),
                state(Optional.of(writer), writer.renewed(), "", now),
                "",
                Optional.of(writer.taken()),
                writer.renewed(),
                printable(writer.process().host()),
                writer.process().pid(),
                0,
                0,
                0,
                0,
                Optional.empty());
    }

    private static String printable(String text) {
        return text.replaceAll("\\p{Cntrl}", " ");
    }

    /** A writer holds its lease until it ends. */
    private static Run.State state(Optional<Leases.Writer> writer, Instant seen, String phase, Instant now) {
        boolean alive = writer.isPresent()
                && !writer.get().process().hasEnded()
                && seen.plus(Run.SILENT_FOR).isAfter(now);
        if (!alive) {
            return Run.State.DIED;
        }
        return phase.equals("stagger") ? Run.State.WAITING : Run.State.RUNNING;
    }

    /** The object that a backup's runs were recorded in, if there is one. */
    Optional<StoredObject> of(NodeName node, BackupName name) {
        return bucket.storage().stat(layout.run(node, name));
    }

    /** Deletes old records of backups that never began. */
    void forgetOld(NodeName node, Set<BackupName> existing, Instant now) {
        List<ObjectKey> old = new ArrayList<>();
        for (StoredObject object : list(layout.runsPrefix(node))) {
            boolean exists = layout.parseRun(object.key())
                    .map(NodeAndName::name)
                    .filter(existing::contains)
                    .isPresent();
            if (!exists && object.modified().isBefore(now.minus(Run.REMEMBERED_FOR))) {
                old.add(object.key());
            }
        }
        bucket.storage().deleteAll(old);
    }

    private List<StoredObject> list(String prefix) {
        try (Stream<StoredObject> objects = bucket.storage().list(prefix)) {
            return objects.toList();
        }
    }
}
