package io.medusa.repository;

import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/**
 * A problem that a verification found, and that no later one which looked as deep has cleared.
 *
 * @param node whose backups it concerns; empty in records of earlier versions
 * @param key of the object; empty for problems that are only counted
 * @param problem the kind, as in the JSON of {@code verify}
 * @param level the shallowest level that can clear it, by the word that users write
 * @param since when it was first found
 * @param seen when it was last found, or its backups were last determined
 * @param run the id of the record that first contained it; empty until it is recorded
 * @param backups that it concerns
 * @param count of problems: 1, unless they are only counted
 */
public record OpenFinding(
        Optional<NodeName> node,
        String key,
        String problem,
        String level,
        Instant since,
        Instant seen,
        String run,
        Set<BackupName> backups,
        long count) {
    /** The kind of problem of an object whose size or content is not that of the manifest. */
    static final String DIFFERENT = "different";

    public OpenFinding {
        backups = Set.copyOf(backups);
    }

    /** Whether it is one problem of one object, not a number of them. */
    public boolean isListed() {
        return !key.isEmpty();
    }

    /**
     * Whether what it was found in goes with a backup of that name, so that another backup may have the name now. Objects of the pool
     * stay the same for all backups.
     */
    boolean isOfItsOwn(BackupName name) {
        return !isListed() || node.isEmpty() || ("/" + key).contains("/" + node.get() + "/" + name + "/");
    }

    /** The same for other backups. */
    public OpenFinding of(Set<BackupName> others, Instant now) {
        return new OpenFinding(node, key, problem, level, since, now, run, others, count);
    }

    OpenFinding in(String record) {
        return new OpenFinding(node, key, problem, level, since, seen, record, backups, count);
    }

    /** What makes two of them the same one, whatever is known of it. */
    Id id() {
        return new Id(node, key, problem, level, run, isListed() ? Set.of() : backups);
    }

    /** @param counted the backups, if the problems are only counted */
    record Id(Optional<NodeName> node, String key, String problem, String level, String run, Set<BackupName> counted) {}
}
