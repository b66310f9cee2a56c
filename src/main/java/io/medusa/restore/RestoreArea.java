package io.medusa.restore;

import io.medusa.cassandra.SchemaJournal;
import io.medusa.cassandra.StagingDirectory;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.model.Segments;
import io.medusa.model.TableDirectory;
import io.medusa.os.ExclusiveLock;
import io.medusa.os.FileSystems;
import io.medusa.os.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place of one restore on the file system of each data directory: beside it, as {@code .medusa-<directory>/<id>}, so that the
 * directory can be exchanged as a whole; where that is not possible (a mount point, no right to write there) inside it, as
 * {@code .medusa/snapshots/<id>}, a name that Cassandra's start-up checks pass over. What is thrown away is renamed first, so
 * that nobody reads half of it.
 */
final class RestoreArea {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreArea.class);
    private static final String NEW = "new";
    private static final String PREVIOUS = "previous";
    private static final String ASIDE = "aside";
    private static final String WHOLE = "-whole";
    private static final String TRASH = "trash-";
    private static final String JOURNAL = "journal.json";
    private static final String SCHEMA_CHANGES = "schema-changes.json";
    private static final String ID = "restore-";

    private final String id;
    private final List<Path> dataDirectories;
    private final Map<Path, Path> homes = new HashMap<>();
    private final Privileges privileges;

    /** @param id of the restore, one segment; the same for a run that carries another on */
    RestoreArea(String id, List<Path> dataDirectories, Privileges privileges) {
        this.id = id;
        this.dataDirectories = List.copyOf(dataDirectories);
        this.privileges = privileges;
        this.dataDirectories.forEach(directory -> homes.put(directory, home(directory)));
    }

    /** The same places for another restore. */
    RestoreArea withId(String other) {
        return new RestoreArea(other, dataDirectories, privileges);
    }

    String id() {
        return id;
    }

    private Path home(Path dataDirectory) {
        Path outside = outside(dataDirectory);
        try {
            Path parent = Objects.requireNonNull(outside.getParent());
            boolean beside = privileges.isDirect()
                    && !Files.isSymbolicLink(dataDirectory)
                    && Files.isWritable(parent)
                    && FileSystems.areTogether(dataDirectory, exists(outside) ? outside : parent)
                    && !FileSystems.hasMounts(dataDirectory);
            return beside ? outside : inside(dataDirectory);
        } catch (IOException | UnsupportedOperationException unknown) {
            return inside(dataDirectory);
        }
    }

    private static Path outside(Path dataDirectory) {
        return StagingDirectory.beside(dataDirectory);
    }

    private static Path inside(Path dataDirectory) {
        return StagingDirectory.inside(dataDirectory);
    }

    /** Where restores of this node keep the changes of the schema that they have still to make; one for all of them. */
    SchemaJournal schemaJournal() {
        return new SchemaJournal(areas(dataDirectories.get(0)).resolve(SCHEMA_CHANGES), privileges::makeOwn);
    }

    /** Only one restore, or undoing of one, works on a node at a time. */
    static ExclusiveLock lock(Path temporaryDirectory, NodeName node) {
        return ExclusiveLock.acquire(
                temporaryDirectory, "medusa_restore_in_progress." + node, "a restore of node " + node);
    }

    /** Whether every data directory lies so that it could be exchanged as a whole; changes nothing. */
    boolean couldExchangeWhole() {
        return dataDirectories.stream().allMatch(directory -> areas(directory).equals(outside(directory)));
    }

    /** Whether every data directory can be exchanged as a whole, in one step each. Tries it with empty directories. */
    boolean canExchangeWhole() {
        if (!couldExchangeWhole()) {
            return false;
        }
        for (Path directory : dataDirectories) {
            Path one = area(directory).resolve("probe-1");
            Path other = area(directory).resolve("probe-2");
            privileges.makeOwn(one);
            privileges.makeOwn(other);
            boolean exchanged = privileges.exchange(one, other);
            privileges.remove(one);
            privileges.remove(other);
            if (!exchanged) {
                return false;
            }
        }
        return true;
    }

    List<Path> dataDirectories() {
        return dataDirectories;
    }

    Privileges privileges() {
        return privileges;
    }

    /** An id for the restore of a backup of that name: one segment, different for different names. */
    static String idFor(String backup) {
        return idFor(ID, backup);
    }

    /** The same for the import of single tables, which exchanges nothing. */
    static String idForImport(String backup, String table) {
        return idFor("import-", backup + "-" + table);
    }

    private static String idFor(String prefix, String name) {
        StringBuilder id = new StringBuilder(prefix);
        name.chars().forEach(c -> {
            boolean plain = c < 128 && (Character.isLetterOrDigit(c) || c == '.' || c == '-' || c == '+');
            id.append(plain ? String.valueOf((char) c) : "_" + Integer.toHexString(c) + "_");
        });
        if (!Segments.isSafe(id.toString())) {
            throw new IllegalStateException(id.toString());
        }
        return id.toString();
    }

    /** Where the files of a table are to be staged. */
    Path staging(Path dataDirectory, TableDirectory table) {
        return area(dataDirectory).resolve(NEW).resolve(table.toString());
    }

    private Path areas(Path dataDirectory) {
        return Objects.requireNonNull(homes.get(dataDirectory), dataDirectory.toString());
    }

    /** Where what takes the place of a directory is staged. */
    Path staging(Swap.Exchange exchange) {
        return below(exchange, NEW);
    }

    private Path below(Swap.Exchange exchange, String state) {
        Path area = area(exchange.dataDirectory());
        if (exchange.table() != null) {
            return area.resolve(state).resolve(exchange.table().toString());
        }
        // apart from those of single tables: a part must never take the place of the whole
        return area.resolve(state.equals(NEW) ? state : state + WHOLE);
    }

    private Path area(Path dataDirectory) {
        return areas(dataDirectory).resolve(id);
    }

    /** Where the live directory of a table is kept while another takes its place. */
    Path previous(Swap.Exchange exchange) {
        return below(exchange, PREVIOUS);
    }

    /** Where the content of a cleared directory is kept. */
    Path setAside(Path cleared) {
        return cleared.resolve(".medusa-" + id);
    }

    /** Where it is kept if the previous state is an older one, to which it does not belong. */
    Path setAsideAgain(Path cleared) {
        return cleared.resolve(".medusa-" + id + "-again");
    }

    /** Where the content of a cleared directory is put when a restore is undone. */
    Path undone(Path cleared) {
        return cleared.resolve(".medusa-" + id + "-undone");
    }

    /** Where the journal is kept. */
    Path journalFile() {
        return area(dataDirectories.get(0)).resolve(JOURNAL);
    }

    /** The journal of an earlier run that was cut off or whose node did not come up. */
    Optional<Journal> journal() {
        return Journal.read(journalFile(), dataDirectories);
    }

    /**
     * Makes the areas, writable for this user. Without a journal, whatever an earlier run left there beside staged files is
     * of no use to anybody.
     */
    void prepare() {
        Optional<Journal> earlier = journal();
        boolean fresh = earlier.isEmpty() || earlier.get().phase() == Journal.Phase.KEPT;
        if (earlier.isPresent() && fresh) {
            LOG.info("Removing the previous state that an earlier restore of this backup has kept");
            deleteJournal();
        }
        for (Path directory : dataDirectories) {
            refuseLinks(directory);
            privileges.makeOwn(area(directory));
            if (fresh) {
                for (String state : List.of(PREVIOUS, ASIDE)) {
                    throwAway(area(directory).resolve(state));
                    throwAway(area(directory).resolve(state + WHOLE));
                }
            }
            emptyTrash(directory);
            privileges.takeOver(area(directory).resolve(NEW));
        }
        dataDirectories.forEach(directory -> markUsed(area(directory)));
        discardAbandonedImports(Instant.now());
    }

    /** Files that are linked or downloaded below do not change the time of the area itself. */
    private static void markUsed(Path area) {
        try {
            Files.setLastModifiedTime(area, FileTime.from(Instant.now()));
        } catch (IOException failed) {
            throw Failures.ofFile("marking " + area, failed, FailureKind.LOCAL_FILE);
        }
    }

    /**
     * Removes what imports of other backups or tables have staged and nobody has resumed for a day. While this process holds the
     * node's lock, none of them runs; one whose cluster still stages on other nodes would only have to fetch its files again.
     */
    private void discardAbandonedImports(Instant now) {
        for (Path directory : dataDirectories) {
            for (StagingDirectory staging : StagingDirectory.in(areas(directory))) {
                if (!staging.id().equals(id) && staging.isAbandonedImport(now)) {
                    LOG.info("Removing what an import left in {} at {}", staging.path(), staging.lastUsed());
                    throwAway(staging.path());
                }
            }
            emptyTrash(directory);
        }
    }

    /** Removes the journal: the exchange never was, or is over. */
    void deleteJournal() {
        try {
            Files.deleteIfExists(journalFile());
        } catch (IOException failed) {
            throw Failures.ofFile("removing " + journalFile(), failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Nobody may lead this process to another place by a link. */
    private void refuseLinks(Path dataDirectory) {
        Path home = areas(dataDirectory);
        Path path = home.startsWith(dataDirectory) ? dataDirectory : Objects.requireNonNull(home.getParent());
        for (Path segment : path.relativize(area(dataDirectory).resolve(NEW))) {
            path = path.resolve(segment);
            if (Files.isSymbolicLink(path)) {
                throw new MedusaException(
                        FailureKind.LOCAL_FILE, path + " is a link where a directory is needed; remove it");
            }
        }
    }

    /**
     * Takes away what an earlier run staged and this one does not name, and gives the rest to the owner of the data.
     *
     * @param wanted all files that this run has staged
     */
    void finishStaging(Collection<Path> wanted) {
        Set<Path> kept = new HashSet<>(wanted);
        for (Path directory : dataDirectories) {
            Path staged = area(directory).resolve(NEW);
            privileges.makeOwn(staged);
            try (Stream<Path> files = Files.walk(staged)) {
                for (Path file : files.toList()) {
                    if (!Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS) && !kept.contains(file)) {
                        Files.delete(file);
                    }
                }
            } catch (IOException failed) {
                throw Failures.ofFile("clearing " + staged, failed, FailureKind.LOCAL_FILE);
            }
            privileges.giveAway(staged);
        }
    }

    /** A place that nothing is at yet. */
    Path aside(Swap.Exchange exchange) {
        return below(exchange, ASIDE).resolve(UUID.randomUUID().toString());
    }

    /** Everything that was set aside for a table. */
    List<Path> asides(Swap.Exchange exchange) {
        return entries(below(exchange, ASIDE));
    }

    /**
     * Another restore that was cut off in its exchange, so that its node is neither old nor new.
     *
     * @return its id
     */
    Optional<String> otherInBetween() {
        return journals().entrySet().stream()
                .filter(other ->
                        !other.getKey().equals(id) && other.getValue().phase().isInBetween())
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** The journals of all restores of this node, this one's included, by id. */
    Map<String, Journal> journals() {
        Map<String, Journal> journals = new TreeMap<>();
        Path first = dataDirectories.get(0);
        for (Path home : List.of(outside(first), inside(first))) {
            for (Path area : entries(home)) {
                String name = String.valueOf(area.getFileName());
                if (name.startsWith(ID)) {
                    Journal.read(area.resolve(JOURNAL), dataDirectories).ifPresent(journal -> {
                        if (!home.equals(areas(first)) && journal.phase().isInBetween()) {
                            throw new MedusaException(
                                    FailureKind.BUSY,
                                    "a restore in " + area
                                            + " was cut off while it exchanged directories, and this user"
                                            + " works in another place: run medusa as the user who began it");
                        }
                        journals.put(name, journal);
                    });
                }
            }
        }
        return journals;
    }

    private List<Path> otherAreas() {
        return entries(areas(dataDirectories.get(0))).stream()
                .filter(area -> String.valueOf(area.getFileName()).startsWith(ID) && !area.endsWith(id))
                .toList();
    }

    /** Removes what restores of other backups have staged but never exchanged. */
    void discardOthersStaging() {
        for (Path area : otherAreas()) {
            if (exists(area.resolve(JOURNAL))) {
                continue;
            }
            LOG.info("Removing what an unfinished restore left in {}", area.getFileName());
            for (Path directory : dataDirectories) {
                throwAway(areas(directory).resolve(area.getFileName()));
                emptyTrash(directory);
            }
        }
    }

    /** Marks the previous state as one that the operator wants to keep. */
    void keep() {
        journal().orElseThrow().in(Journal.Phase.KEPT).write(journalFile(), dataDirectories);
    }

    /** Notes what cassandra.yaml was before this restore changes it; what an earlier run of it has noted stays. */
    void noteSettings(String settings) {
        Journal journal = journal().orElseThrow();
        if (journal.notes().settings().isEmpty()) {
            new Journal(
                            journal.plan(),
                            journal.phase(),
                            new Journal.Notes(journal.notes().again(), Optional.of(settings)))
                    .write(journalFile(), dataDirectories);
        }
    }

    /** Removes the previous state and everything that restores have kept; after this there is no way back. */
    void forget(Collection<Path> clearedDirectories) {
        forgetThis(clearedDirectories);
        forgetOthers(clearedDirectories);
    }

    /** Returns once everything below the data directories survives a power failure. */
    void sync() {
        for (Path directory : dataDirectories) {
            try {
                FileSystems.sync(directory);
            } catch (IOException failed) {
                throw Failures.ofFile("syncing " + directory, failed, FailureKind.LOCAL_FILE);
            }
        }
    }

    /** Removes everything of this area. */
    void discard() {
        // all of it is out of the way before any of it is deleted
        for (Path directory : dataDirectories) {
            throwAway(area(directory));
        }
        for (Path directory : dataDirectories) {
            emptyTrash(directory);
            removeIfEmpty(areas(directory));
            removeIfEmpty(inside(directory));
            removeIfEmpty(directory.resolve(".medusa"));
        }
    }

    /** Removes everything of this restore; what others have kept stays. */
    void forgetThis(Collection<Path> clearedDirectories) {
        discard();
        clearedDirectories.forEach(this::forgetSetAside);
    }

    /** Removes what was set aside in a cleared directory for a state that is kept no more. */
    void forgetSetAside(Path cleared) {
        List.of(setAside(cleared), setAsideAgain(cleared), undone(cleared)).forEach(privileges::remove);
    }

    /** When the journal was last written; the latest of several tells which restore was the last. */
    Instant journalTime() {
        return Instant.ofEpochMilli(journalFile().toFile().lastModified());
    }

    /** Removes what all other restores have kept. */
    void forgetOthers(Collection<Path> clearedDirectories) {
        otherAreas().forEach(area -> withId(String.valueOf(area.getFileName())).forgetThis(clearedDirectories));
    }

    /** One rename, after which nobody reads it any more; a kill while it is deleted leaves only rubbish. */
    private void throwAway(Path tree) {
        if (exists(tree)) {
            Path areas = homes.values().stream()
                    .filter(tree::startsWith)
                    .findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(tree + " is in no area"));
            privileges.move(tree, areas.resolve(TRASH + UUID.randomUUID()));
        }
    }

    private void emptyTrash(Path dataDirectory) {
        entries(areas(dataDirectory)).stream()
                .filter(entry -> String.valueOf(entry.getFileName()).startsWith(TRASH))
                .forEach(privileges::remove);
    }

    private void removeIfEmpty(Path directory) {
        if (exists(directory) && entries(directory).isEmpty()) {
            privileges.remove(directory);
        }
    }

    /** Where the previous state is kept, for people. */
    String describePrevious() {
        return area(dataDirectories.get(0)).toString();
    }

    /** Whether anything is there, be it a link. */
    static boolean exists(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    /** What is in a directory; nothing if there is none. */
    static List<Path> entries(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (IOException failed) {
            throw Failures.ofFile("listing " + directory, failed, FailureKind.LOCAL_FILE);
        }
    }
}
