package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.Segments;
import io.medusa.model.TableDirectory;
import io.medusa.os.FileSystems;
import io.medusa.os.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
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
 * Exchanges directories of a stopped node for staged ones by renaming, under a journal: what was cut off is carried on by the
 * next run, what fails is turned back. Nothing that was live is deleted before {@link #forget}: it is the previous state, or
 * lies aside if a node was started in between.
 *
 * <p>Everything lies in {@code <data directory>/.medusa/snapshots/<id>}: on the data's own file system, and under a name that
 * Cassandra's start-up checks pass over.
 */
final class Swap {
    private static final Logger LOG = LoggerFactory.getLogger(Swap.class);
    private static final String NEW = "new";
    private static final String PREVIOUS = "previous";
    private static final String ASIDE = "aside";
    private static final String TRASH = "trash-";
    private static final String JOURNAL = "journal.json";
    private static final String ID = "restore-";
    private static final List<String> KEPT = List.of("snapshots", "backups");

    private final String id;
    private final List<Path> dataDirectories;
    private final Privileges privileges;

    /** @param id of the restore, one segment; the same for a run that carries another on */
    Swap(String id, List<Path> dataDirectories, Privileges privileges) {
        this.id = id;
        this.dataDirectories = dataDirectories;
        this.privileges = privileges;
    }

    /**
     * One directory to be exchanged.
     *
     * @param staged whether something takes its place
     */
    record Exchange(Path dataDirectory, TableDirectory table, boolean staged) {}

    /**
     * All of a swap.
     *
     * @param cleared directories whose content is moved out of the way: commit log, caches, hints
     * @param selection what was asked for, in a text that is equal for equal requests
     */
    record Plan(List<Exchange> exchanges, List<Path> cleared, String selection) {}

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

    private static Path live(Exchange exchange) {
        return exchange.dataDirectory().resolve(exchange.table().toString());
    }

    private Path previous(Exchange exchange) {
        return area(exchange.dataDirectory())
                .resolve(PREVIOUS)
                .resolve(exchange.table().toString());
    }

    private Path setAside(Path cleared) {
        return cleared.resolve(".medusa-" + id);
    }

    private Path journalFile() {
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

    /** Exchanges everything, or what an earlier run of the same plan has left to exchange. */
    void run(Plan plan) {
        new Journal(plan, Journal.Phase.EXCHANGING).write(journalFile(), dataDirectories);
        plan.cleared().forEach(this::setContentAside);
        plan.exchanges().forEach(this::exchange);
        syncAll();
        new Journal(plan, Journal.Phase.EXCHANGED).write(journalFile(), dataDirectories);
    }

    private void exchange(Exchange exchange) {
        Path live = live(exchange);
        Path staged = staging(exchange.dataDirectory(), exchange.table());
        Path previous = previous(exchange);
        boolean toDo = exchange.staged() ? exists(staged) : !exists(previous);
        if (toDo && exists(live)) {
            // beside a previous state there can only be what a node made that was started in between
            moveAway(live, exists(previous) ? aside(exchange) : previous);
        }
        if (exchange.staged() && exists(staged)) {
            privileges.makeTheirs(Objects.requireNonNull(live.getParent()));
            privileges.move(staged, live);
        }
        keepSnapshots(exchange, previous, live);
    }

    private void keepSnapshots(Exchange exchange, Path previous, Path live) {
        List<Path> origins = new ArrayList<>(List.of(previous));
        origins.addAll(asides(exchange));
        for (Path origin : origins) {
            for (String kept : KEPT) {
                if (exists(origin.resolve(kept)) && !exists(live.resolve(kept))) {
                    privileges.makeTheirs(live);
                    privileges.move(origin.resolve(kept), live.resolve(kept));
                }
            }
        }
    }

    /** Turns everything back to what it was before {@link #run}; the staged files stay staged. */
    void undo(Plan plan) {
        List<Exchange> backwards = new ArrayList<>(plan.exchanges());
        Collections.reverse(backwards);
        for (Exchange exchange : backwards) {
            undo(exchange);
        }
        plan.cleared().forEach(this::bringContentBack);
        syncAll();
        try {
            Files.deleteIfExists(journalFile());
        } catch (IOException failed) {
            throw Failures.ofFile("removing " + journalFile(), failed, FailureKind.LOCAL_FILE);
        }
    }

    private void undo(Exchange exchange) {
        Path live = live(exchange);
        Path staged = staging(exchange.dataDirectory(), exchange.table());
        Path previous = previous(exchange);
        boolean begun = exists(previous) || (exchange.staged() && !exists(staged));
        if (!begun) {
            return;
        }
        for (String kept : KEPT) {
            if (exists(previous) && exists(live.resolve(kept)) && !exists(previous.resolve(kept))) {
                privileges.move(live.resolve(kept), previous.resolve(kept));
            }
        }
        if (exists(live)) {
            moveAway(live, exchange.staged() && !exists(staged) ? staged : aside(exchange));
        }
        if (exists(previous)) {
            privileges.makeTheirs(Objects.requireNonNull(live.getParent()));
            privileges.move(previous, live);
        }
    }

    private void moveAway(Path from, Path to) {
        privileges.makeOwn(Objects.requireNonNull(to.getParent()));
        privileges.move(from, to);
    }

    /** A place that nothing is at yet. */
    private Path aside(Exchange exchange) {
        return area(exchange.dataDirectory())
                .resolve(ASIDE)
                .resolve(exchange.table().toString())
                .resolve(UUID.randomUUID().toString());
    }

    private List<Path> asides(Exchange exchange) {
        Path all = area(exchange.dataDirectory())
                .resolve(ASIDE)
                .resolve(exchange.table().toString());
        return entries(all);
    }

    private void setContentAside(Path directory) {
        Path aside = setAside(directory);
        List<Path> content = content(directory);
        if (content.isEmpty()) {
            return;
        }
        privileges.makeOwn(aside);
        for (Path entry : content) {
            Path target = aside.resolve(entry.getFileName());
            privileges.move(
                    entry, exists(target) ? aside.resolve(entry.getFileName() + "." + UUID.randomUUID()) : target);
        }
    }

    private void bringContentBack(Path directory) {
        Path aside = setAside(directory);
        for (Path entry : entries(aside)) {
            Path target = directory.resolve(entry.getFileName());
            if (!exists(target)) {
                privileges.move(entry, target);
            }
        }
        privileges.remove(aside);
    }

    private List<Path> content(Path directory) {
        return entries(directory).stream()
                .filter(entry -> !String.valueOf(entry.getFileName()).startsWith(".medusa-"))
                .toList();
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
    void forget(Plan plan) {
        List<Path> areas = new ArrayList<>(List.of(area(dataDirectories.get(0))));
        areas.addAll(otherAreas());
        for (Path area : areas) {
            for (Path directory : dataDirectories) {
                throwAway(areas(directory).resolve(area.getFileName()));
            }
        }
        plan.cleared().forEach(directory -> entries(directory).stream()
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

    private void syncAll() {
        for (Path directory : dataDirectories) {
            try {
                FileSystems.sync(directory);
            } catch (IOException failed) {
                throw Failures.ofFile("syncing " + directory, failed, FailureKind.LOCAL_FILE);
            }
        }
    }

    private static boolean exists(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    private static List<Path> entries(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.toList();
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (IOException failed) {
            throw Failures.ofFile("listing " + directory, failed, FailureKind.LOCAL_FILE);
        }
    }
}
