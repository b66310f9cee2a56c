package io.medusa.restore;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Exchanges directories of a stopped node for staged ones by renaming, under a journal: what was cut off is carried on by the
 * next run, what fails is turned back. The previous directories are kept until {@link #forget}.
 *
 * <p>Everything lies in {@code <data directory>/.medusa/snapshots/<id>}: on the data's own file system, and under a name that
 * Cassandra's start-up checks pass over.
 */
final class Swap {
    private static final String NEW = "new";
    private static final String PREVIOUS = "previous";
    private static final String JOURNAL = "journal.json";
    private static final List<String> KEPT = List.of("snapshots", "backups");
    private static final JsonMapper JSON = new JsonMapper();

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
     */
    record Plan(List<Exchange> exchanges, List<Path> cleared) {}

    /** Where the files of a table are to be staged. */
    Path staging(Path dataDirectory, TableDirectory table) {
        return area(dataDirectory).resolve(NEW).resolve(table.keyspace()).resolve(table.directory());
    }

    private Path area(Path dataDirectory) {
        return dataDirectory.resolve(".medusa").resolve("snapshots").resolve(id);
    }

    private Path previous(Path dataDirectory, TableDirectory table) {
        return area(dataDirectory).resolve(PREVIOUS).resolve(table.keyspace()).resolve(table.directory());
    }

    private static Path live(Exchange exchange) {
        return exchange.dataDirectory()
                .resolve(exchange.table().keyspace())
                .resolve(exchange.table().directory());
    }

    private Path setAside(Path cleared) {
        return cleared.resolve(".medusa-" + id);
    }

    private Path journal() {
        return area(dataDirectories.get(0)).resolve(JOURNAL);
    }

    /** Stands beside the journal once everything is exchanged. */
    private Path complete() {
        return area(dataDirectories.get(0)).resolve("complete");
    }

    /** Makes the areas, writable for this user. */
    void prepare() {
        for (Path directory : dataDirectories) {
            privileges.makeOwn(area(directory));
            privileges.takeOver(area(directory).resolve(NEW));
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
                files.filter(Files::isRegularFile)
                        .filter(file -> !kept.contains(file))
                        .forEach(Swap::delete);
            } catch (IOException failed) {
                throw Failures.ofFile("listing " + staged, failed, FailureKind.LOCAL_FILE);
            }
            privileges.giveAway(staged);
        }
    }

    /** The plan of a swap that was begun and cut off. */
    Optional<Plan> unfinished() {
        try {
            JsonNode root = JSON.readTree(Files.readString(journal()));
            List<Exchange> exchanges = new ArrayList<>();
            root.path("exchanges")
                    .forEach(node -> exchanges.add(new Exchange(
                            dataDirectories.get(node.path("directory").asInt()),
                            new TableDirectory(
                                    node.path("keyspace").asText(),
                                    node.path("table").asText()),
                            node.path("staged").asBoolean())));
            List<Path> cleared = new ArrayList<>();
            root.path("cleared").forEach(node -> cleared.add(Path.of(node.asText())));
            return Optional.of(new Plan(exchanges, cleared));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (IOException | IndexOutOfBoundsException unreadable) {
            throw new MedusaException(
                    FailureKind.LOCAL_FILE,
                    "the journal " + journal() + " of an interrupted restore cannot be read; data_file_directories must"
                            + " be the same as then",
                    unreadable);
        }
    }

    /** Writes the journal, then exchanges everything; nothing more is done to a swap that was complete already. */
    void run(Plan plan) {
        if (exists(complete())) {
            return;
        }
        writeJournal(plan);
        plan.cleared().forEach(this::setContentAside);
        plan.exchanges().forEach(this::exchange);
        syncAll();
        try {
            Files.writeString(complete(), "");
        } catch (IOException failed) {
            throw Failures.ofFile("writing " + complete(), failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Another restore that was cut off in its swap and must be finished first. */
    Optional<String> other() {
        Path areas = Objects.requireNonNull(area(dataDirectories.get(0)).getParent());
        try (Stream<Path> entries = Files.list(areas)) {
            return entries.filter(entry -> exists(entry.resolve(JOURNAL)))
                    .map(entry -> String.valueOf(entry.getFileName()))
                    .filter(name -> !name.equals(id))
                    .findFirst();
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (IOException failed) {
            throw Failures.ofFile("listing " + areas, failed, FailureKind.LOCAL_FILE);
        }
    }

    private void exchange(Exchange exchange) {
        Path live = live(exchange);
        Path staged = staging(exchange.dataDirectory(), exchange.table());
        Path previous = previous(exchange.dataDirectory(), exchange.table());
        boolean done = exchange.staged() ? !exists(staged) : exists(previous);
        if (!done && exists(live) && !exists(previous)) {
            makeOwnParent(previous);
            privileges.move(live, previous);
        }
        if (exchange.staged() && exists(staged)) {
            privileges.makeTheirs(Objects.requireNonNull(live.getParent()));
            privileges.move(staged, live);
        }
        for (String kept : KEPT) {
            if (exists(previous.resolve(kept)) && !exists(live.resolve(kept))) {
                privileges.makeTheirs(live);
                privileges.move(previous.resolve(kept), live.resolve(kept));
            }
        }
    }

    /** Turns everything back to what it was before {@link #run}. */
    void undo(Plan plan) {
        List<Exchange> backwards = new ArrayList<>(plan.exchanges());
        Collections.reverse(backwards);
        for (Exchange exchange : backwards) {
            Path live = live(exchange);
            Path staged = staging(exchange.dataDirectory(), exchange.table());
            Path previous = previous(exchange.dataDirectory(), exchange.table());
            if (exchange.staged() ? exists(staged) && !exists(previous) : !exists(previous)) {
                continue;
            }
            for (String kept : KEPT) {
                if (exists(previous) && exists(live.resolve(kept))) {
                    privileges.move(live.resolve(kept), previous.resolve(kept));
                }
            }
            if (exists(live)) {
                if (exchange.staged() && !exists(staged)) {
                    makeOwnParent(staged);
                    privileges.move(live, staged);
                } else {
                    privileges.remove(live);
                }
            }
            if (exists(previous)) {
                privileges.move(previous, live);
            }
        }
        plan.cleared().forEach(this::bringContentBack);
        syncAll();
        delete(journal());
    }

    private void setContentAside(Path directory) {
        Path aside = setAside(directory);
        List<Path> content = content(directory);
        if (content.isEmpty()) {
            return;
        }
        privileges.makeOwn(aside);
        content.forEach(entry -> privileges.move(entry, aside.resolve(entry.getFileName())));
    }

    private void bringContentBack(Path directory) {
        Path aside = setAside(directory);
        content(aside).forEach(entry -> privileges.move(entry, directory.resolve(entry.getFileName())));
        privileges.remove(aside);
    }

    private List<Path> content(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(entry -> !entry.equals(setAside(directory))).toList();
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (IOException failed) {
            throw Failures.ofFile("listing " + directory, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Removes what was staged and what was before; after this there is no way back. */
    void forget(Plan plan) {
        delete(journal());
        plan.cleared().forEach(directory -> privileges.remove(setAside(directory)));
        discard();
    }

    /** Removes the areas, finished or not. */
    void discard() {
        for (Path directory : dataDirectories) {
            privileges.remove(area(directory));
            removeIfEmpty(area(directory).getParent());
            removeIfEmpty(directory.resolve(".medusa"));
        }
    }

    /** Where the previous state is kept, for people. */
    String describePrevious() {
        return area(dataDirectories.get(0)).resolve(PREVIOUS).toString();
    }

    private void removeIfEmpty(@org.jspecify.annotations.Nullable Path directory) {
        if (directory == null || !exists(directory)) {
            return;
        }
        try (Stream<Path> entries = Files.list(directory)) {
            if (entries.findAny().isPresent()) {
                return;
            }
        } catch (IOException failed) {
            throw Failures.ofFile("listing " + directory, failed, FailureKind.LOCAL_FILE);
        }
        privileges.remove(directory);
    }

    private void makeOwnParent(Path path) {
        privileges.makeOwn(Objects.requireNonNull(path.getParent()));
    }

    private static boolean exists(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    void writeJournal(Plan plan) {
        ObjectNode root = JSON.createObjectNode();
        plan.exchanges().forEach(exchange -> root.withArray("exchanges")
                .addObject()
                .put("directory", dataDirectories.indexOf(exchange.dataDirectory()))
                .put("keyspace", exchange.table().keyspace())
                .put("table", exchange.table().directory())
                .put("staged", exchange.staged()));
        plan.cleared().forEach(directory -> root.withArray("cleared").add(directory.toString()));
        Path part = journal().resolveSibling("journal.part");
        try {
            Files.writeString(part, JSON.writeValueAsString(root));
            FileSystems.sync(Objects.requireNonNull(part.getParent()));
            Files.move(part, journal(), StandardCopyOption.ATOMIC_MOVE);
            FileSystems.sync(Objects.requireNonNull(part.getParent()));
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        } catch (IOException failed) {
            throw Failures.ofFile("writing " + journal(), failed, FailureKind.LOCAL_FILE);
        }
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

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failed) {
            throw Failures.ofFile("removing " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** An id for the restore of a backup of that name, safe as a segment. */
    static String idFor(String backup) {
        String id = "restore-" + backup.replaceAll("[^A-Za-z0-9._+-]", "_");
        if (!Segments.isSafe(id)) {
            throw new IllegalStateException(id);
        }
        return id;
    }
}
