package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.Segments;
import io.medusa.model.TableDirectory;
import io.medusa.os.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The place of one restore inside each data directory, {@code .medusa/snapshots/<id>}: on the data's own file system, and under a
 * name that Cassandra's start-up checks pass over. What is thrown away is renamed first, so that nobody reads half of it.
 */
final class RestoreArea {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreArea.class);
    private static final String NEW = "new";
    private static final String PREVIOUS = "previous";
    private static final String ASIDE = "aside";
    private static final String TRASH = "trash-";
    private static final String JOURNAL = "journal.json";
    private static final String ID = "restore-";

    private final String id;
    private final List<Path> dataDirectories;
    private final Privileges privileges;

    /** @param id of the restore, one segment; the same for a run that carries another on */
    RestoreArea(String id, List<Path> dataDirectories, Privileges privileges) {
        this.id = id;
        this.dataDirectories = List.copyOf(dataDirectories);
        this.privileges = privileges;
    }

    List<Path> dataDirectories() {
        return dataDirectories;
    }

    Privileges privileges() {
        return privileges;
    }

    /** An id for the restore of a backup of that name: one segment, different for different names. */
    static String idFor(String backup) {
        StringBuilder id = new StringBuilder(ID);
        backup.chars().forEach(c -> {
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

    private static Path areas(Path dataDirectory) {
        return dataDirectory.resolve(".medusa").resolve("snapshots");
    }

    private Path area(Path dataDirectory) {
        return areas(dataDirectory).resolve(id);
    }

    /** Where the live directory of a table is kept while another takes its place. */
    Path previous(Swap.Exchange exchange) {
        return area(exchange.dataDirectory())
                .resolve(PREVIOUS)
                .resolve(exchange.table().toString());
    }

    /** Where the content of a cleared directory is kept. */
    Path setAside(Path cleared) {
        return cleared.resolve(".medusa-" + id);
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
        boolean fresh = journal().isEmpty();
        for (Path directory : dataDirectories) {
            refuseLinks(directory);
            privileges.makeOwn(area(directory));
            if (fresh) {
                throwAway(area(directory).resolve(PREVIOUS));
                throwAway(area(directory).resolve(ASIDE));
            }
            emptyTrash(directory);
            privileges.takeOver(area(directory).resolve(NEW));
        }
    }

    /** Nobody may lead this process to another place by a link. */
    private void refuseLinks(Path dataDirectory) {
        Path path = dataDirectory;
        for (Path segment : dataDirectory.relativize(area(dataDirectory).resolve(NEW))) {
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
            if (!exists(staged)) {
                continue;
            }
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
        return area(exchange.dataDirectory())
                .resolve(ASIDE)
                .resolve(exchange.table().toString())
                .resolve(UUID.randomUUID().toString());
    }

    /** Everything that was set aside for a table. */
    List<Path> asides(Swap.Exchange exchange) {
        Path all = area(exchange.dataDirectory())
                .resolve(ASIDE)
                .resolve(exchange.table().toString());
        return entries(all);
    }

    /**
     * Another restore that was cut off in its exchange, so that its node is neither old nor new.
     *
     * @return its id
     */
    Optional<String> otherExchanging() {
        return otherAreas().stream()
                .filter(area -> Journal.read(area.resolve(JOURNAL), dataDirectories)
                        .filter(journal -> journal.phase() == Journal.Phase.EXCHANGING)
                        .isPresent())
                .map(area -> String.valueOf(area.getFileName()))
                .findFirst();
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

    /** Removes the previous state and everything that restores have kept; after this there is no way back. */
    void forget(Collection<Path> clearedDirectories) {
        List<Path> areas = new ArrayList<>(List.of(area(dataDirectories.get(0))));
        areas.addAll(otherAreas());
        for (Path area : areas) {
            for (Path directory : dataDirectories) {
                throwAway(areas(directory).resolve(area.getFileName()));
            }
        }
        clearedDirectories.forEach(directory -> entries(directory).stream()
                .filter(entry -> String.valueOf(entry.getFileName()).startsWith(".medusa-" + ID))
                .forEach(privileges::remove));
        for (Path directory : dataDirectories) {
            emptyTrash(directory);
            removeIfEmpty(areas(directory));
            removeIfEmpty(directory.resolve(".medusa"));
        }
    }

    /** One rename, after which nobody reads it any more; a kill while it is deleted leaves only rubbish. */
    private void throwAway(Path tree) {
        if (exists(tree)) {
            Path areas = tree;
            while (!areas.endsWith(Path.of(".medusa", "snapshots"))) {
                areas = Objects.requireNonNull(areas.getParent());
            }
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
        return area(dataDirectories.get(0)).resolve(PREVIOUS).toString();
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
