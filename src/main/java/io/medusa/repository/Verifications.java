package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.repository.VerificationState.Result;
import io.medusa.repository.VerificationState.Round;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What verifications have found, in the index.
 *
 * <p>Each verification reads all records, stores a new one with everything that is known then, and deletes those that it has taken in, so
 * that usually there is one. Nothing is overwritten: of two verifications at once, each leaves its record, and readers combine them. A
 * problem counts as long as a record contains it, unless another record knew of it and does not contain it, because it was cleared. Records
 * that the store does not let go are recognized by the list of those that newer ones replace.
 */
public final class Verifications {
    private static final Logger LOG = LoggerFactory.getLogger(Verifications.class);
    private static final String EARLIER_VERSION = "earlier-version-";
    /** Longer than any verification, so that no record is still being read that was replaced before. */
    private static final Duration REMEMBER_REPLACED = Duration.ofDays(90);
    /** How often to list again when a record disappeared because a newer one has replaced it. */
    private static final int LOOKS = 5;

    private final Bucket bucket;

    /** The caller closes the bucket's storage. */
    public Verifications(Bucket bucket) {
        this.bucket = bucket;
    }

    /**
     * What a verification changes.
     *
     * @param results of the backups that were checked
     * @param level of the check
     * @param cleared the problems, as {@link #state} gave them, that are no longer there
     * @param put problems that are new, were found again, or concern other backups than before; replace the same ones
     * @param round if all backups were checked
     */
    public record Change(
            Map<BackupName, Result> results,
            String level,
            Collection<OpenFinding> cleared,
            Collection<OpenFinding> put,
            Optional<Round> round) {}

    /**
     * All records.
     *
     * @param stored the ids of all that are in the bucket, replaced ones included
     * @param unreadable the ids of those that are damaged
     */
    private record Records(List<VerificationRecord> heads, Map<String, ObjectKey> stored, Set<String> unreadable) {}

    /** What is known now. */
    public VerificationState state() {
        return combined(read().heads());
    }

    /** The same for those who list backups, who may have no permission to read it: nothing is known then. */
    public VerificationState stateIfReadable() {
        try {
            return state();
        } catch (MedusaException denied) {
            if (denied.kind() != FailureKind.STORAGE_DENIED) {
                throw denied;
            }
            LOG.debug("Cannot read the results of verifications: {}", denied.getMessage());
            return VerificationState.NONE;
        }
    }

    /** The same without the problems of backups that have been deleted since. */
    public VerificationState stateOfExisting() {
        VerificationState known = state();
        return known.open().isEmpty()
                ? known
                : new VerificationState(known.results(), ofExisting(known.open(), existing()), known.rounds());
    }

    /**
     * Adds what a verification found.
     *
     * @throws MedusaException if the bucket cannot be written to; then nothing is remembered
     */
    public void record(Change change, Instant now) {
        Records before = read();
        VerificationState known = combined(before.heads());
        String id = String.format(
                Locale.ROOT,
                "%012d-%s",
                now.getEpochSecond(),
                UUID.randomUUID().toString().substring(0, 8));
        Map<OpenFinding.Id, OpenFinding> open = new LinkedHashMap<>();
        known.open().forEach(finding -> open.put(finding.id(), finding));
        change.cleared().forEach(finding -> open.remove(finding.id()));
        for (OpenFinding finding : change.put()) {
            OpenFinding recorded = finding.run().isEmpty() ? finding.in(id) : finding;
            open.put(recorded.id(), recorded);
        }
        Set<BackupName> existing = existing();
        Map<BackupName, Map<String, Result>> results = new HashMap<>();
        known.results().forEach((name, levels) -> results.put(name, new HashMap<>(levels)));
        change.results().forEach((name, result) -> results.computeIfAbsent(name, absent -> new HashMap<>())
                .merge(change.level(), result, Verifications::later));
        results.keySet().retainAll(existing);
        Map<String, Round> rounds = new HashMap<>(known.rounds());
        change.round().ifPresent(round -> rounds.merge(change.level(), round, Verifications::later));

        Set<String> replaced = new HashSet<>(before.stored().keySet());
        before.heads().forEach(head -> replaced.addAll(recent(head.replaces(), before.stored(), now)));
        if (change.round().isEmpty()) {
            replaced.removeAll(before.unreadable());
        }
        VerificationRecord next = new VerificationRecord(
                id, replaced, new VerificationState(results, ofExisting(open.values(), existing), rounds));
        ObjectStorage storage = bucket.storage();
        storage.put(bucket.layout().verification(id), ObjectSource.OfBytes.utf8(next.text()));
        storage.flush();
        List<ObjectKey> old = before.stored().entrySet().stream()
                .filter(record -> replaced.contains(record.getKey()))
                .map(Map.Entry::getValue)
                .toList();
        try {
            List<ObjectKey> kept = storage.deleteAll(old);
            LOG.debug("Replaced {} records of verifications, the store keeps {}", old.size(), kept.size());
        } catch (MedusaException denied) {
            // readers pass over them
            LOG.debug("Removing old records of verifications failed: {}", denied.getMessage());
        }
    }

    private static Set<String> recent(Set<String> ids, Map<String, ObjectKey> stored, Instant now) {
        String oldest =
                String.format(Locale.ROOT, "%012d", now.minus(REMEMBER_REPLACED).getEpochSecond());
        return ids.stream()
                .filter(id -> stored.containsKey(id) || id.compareTo(oldest) > 0)
                .collect(Collectors.toSet());
    }

    private Set<BackupName> existing() {
        return bucket.storage().directories(bucket.layout().indexPrefix(Optional.empty())).stream()
                .filter(io.medusa.model.Segments::isSafe)
                .map(BackupName::new)
                .collect(Collectors.toSet());
    }

    /** Without backups that have been deleted: they have neither an entry in the index nor a manifest. */
    private List<OpenFinding> ofExisting(Collection<OpenFinding> open, Set<BackupName> indexed) {
        Map<ObjectKey, Boolean> manifests = new HashMap<>();
        List<OpenFinding> left = new ArrayList<>();
        for (OpenFinding finding : open) {
            Set<BackupName> backups = finding.backups().stream()
                    .filter(name -> indexed.contains(name)
                            || finding.node()
                                    .map(node -> bucket.layout().meta(node, name, RepositoryLayout.MANIFEST))
                                    .filter(key -> manifests.computeIfAbsent(key, absent -> bucket.storage()
                                            .stat(absent)
                                            .isPresent()))
                                    .isPresent())
                    .collect(Collectors.toSet());
            if (!backups.isEmpty()) {
                left.add(finding.of(backups, finding.seen()));
            }
        }
        return left;
    }

    private Records read() {
        Optional<Records> all = Optional.empty();
        for (int look = 1; look <= LOOKS && all.isEmpty(); look++) {
            all = readListed(look == LOOKS);
        }
        return all.orElseThrow();
    }

    /** @return nothing if a record was replaced meanwhile, unless it is the last attempt */
    private Optional<Records> readListed(boolean last) {
        bucket.storage().refresh(bucket.layout().wholeIndexPrefix());
        Map<String, ObjectKey> stored = new HashMap<>();
        try (Stream<StoredObject> objects =
                bucket.storage().list(bucket.layout().verificationsPrefix())) {
            objects.forEach(object -> id(object).ifPresent(id -> stored.put(id, object.key())));
        }
        List<VerificationRecord> records = new ArrayList<>();
        Set<String> unreadable = new HashSet<>();
        // the newest usually replaces all others, which then need not be read
        for (String id :
                stored.keySet().stream().sorted(Comparator.reverseOrder()).toList()) {
            if (records.stream().noneMatch(newer -> newer.knows(id))) {
                ObjectKey key = Objects.requireNonNull(stored.get(id));
                Optional<byte[]> bytes = bucket.readBytes(key);
                if (bytes.isEmpty() && !last) {
                    return Optional.empty();
                }
                try {
                    if (bytes.isPresent()) {
                        records.add(
                                id.startsWith(EARLIER_VERSION)
                                        ? VerificationRecord.ofEarlierVersion(id, bytes.get())
                                        : VerificationRecord.read(id, bytes.get()));
                    }
                } catch (IOException malformed) {
                    unreadable.add(id);
                    LOG.warn(
                            "The record of verifications {} cannot be read, and what it says of damage is unknown: {}."
                                    + " Run medusa verify --all --level content",
                            key,
                            malformed.getMessage());
                }
            }
        }
        List<VerificationRecord> heads = records.stream()
                .filter(record -> records.stream()
                        .noneMatch(other -> !other.id().equals(record.id()) && other.knows(record.id())))
                .toList();
        return Optional.of(new Records(heads, stored, unreadable));
    }

    /** The file of earlier versions, which they overwrite, has another id after each change. */
    private Optional<String> id(StoredObject object) {
        if (object.key().equals(bucket.layout().verificationsOfEarlierVersions())) {
            return Optional.of(EARLIER_VERSION + object.modified().getEpochSecond());
        }
        return bucket.layout().parseVerification(object.key());
    }

    private static VerificationState combined(List<VerificationRecord> heads) {
        Map<BackupName, Map<String, Result>> results = new HashMap<>();
        Map<String, Round> rounds = new HashMap<>();
        Map<OpenFinding.Id, OpenFinding> open = new LinkedHashMap<>();
        Map<VerificationRecord, Set<OpenFinding.Id>> ids = new HashMap<>();
        for (VerificationRecord head : heads) {
            head.state()
                    .results()
                    .forEach((name, levels) ->
                            levels.forEach((level, result) -> results.computeIfAbsent(name, absent -> new HashMap<>())
                                    .merge(level, result, Verifications::later)));
            head.state().rounds().forEach((level, round) -> rounds.merge(level, round, Verifications::later));
            head.state().open().forEach(finding -> open.merge(finding.id(), finding, Verifications::both));
            ids.put(head, head.state().open().stream().map(OpenFinding::id).collect(Collectors.toSet()));
        }
        List<OpenFinding> left = open.entrySet().stream()
                .filter(finding -> heads.stream()
                        .allMatch(head -> !head.knows(finding.getValue().run())
                                || ids.getOrDefault(head, Set.of()).contains(finding.getKey())))
                .map(Map.Entry::getValue)
                .toList();
        return new VerificationState(results, left, rounds);
    }

    private static OpenFinding both(OpenFinding one, OpenFinding other) {
        Set<BackupName> backups = new HashSet<>(one.backups());
        backups.addAll(other.backups());
        return one.of(backups, one.seen().isAfter(other.seen()) ? one.seen() : other.seen());
    }

    private static Result later(Result one, Result other) {
        return other.at().isBefore(one.at()) ? one : other;
    }

    private static Round later(Round one, Round other) {
        return other.at().isBefore(one.at()) ? one : other;
    }
}
