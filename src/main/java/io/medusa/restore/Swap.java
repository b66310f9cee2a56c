package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.TableDirectory;
import io.medusa.os.FileSystems;
import io.medusa.os.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Exchanges directories of a stopped node for staged ones by renaming, under a journal: what was cut off is carried on by the
 * next run, what fails is turned back. Nothing that was live is deleted: it is kept in the area as the previous state, or lies
 * aside there if a node was started in between.
 *
 * <p>Where the system can exchange two names in one step, a directory is at every moment the old or the new one. If that is not
 * enough for the whole node, because several directories are exchanged, {@link StartGuard} keeps Cassandra from starting on a
 * mixture.
 */
final class Swap {
    /** What {@link Plan#selection} says of a restore of the whole node. */
    static final String EVERYTHING = "[] []";

    private static final List<String> KEPT = List.of("snapshots", "backups");

    private final RestoreArea area;
    private final Privileges privileges;
    private final Consumer<Path> sync;

    Swap(RestoreArea area) {
        this(area, Swap::sync);
    }

    /** @param sync returns once everything on the file system of a directory survives a power failure */
    Swap(RestoreArea area, Consumer<Path> sync) {
        this.area = area;
        this.privileges = area.privileges();
        this.sync = sync;
    }

    /**
     * One directory to be exchanged.
     *
     * @param table or {@code null} for the data directory as a whole
     * @param staged whether something takes its place
     * @param identity of the staged directory, by which it is known after any renaming; 0 if not yet looked up
     */
    record Exchange(Path dataDirectory, @Nullable TableDirectory table, boolean staged, long identity) {
        /** A table's directory. */
        Exchange(Path dataDirectory, TableDirectory table, boolean staged) {
            this(dataDirectory, table, staged, 0);
        }

        /** A whole data directory. */
        static Exchange whole(Path dataDirectory) {
            return new Exchange(dataDirectory, null, true, 0);
        }

        Path live() {
            return table == null ? dataDirectory : dataDirectory.resolve(table.toString());
        }
    }

    /**
     * All of a swap.
     *
     * @param cleared directories whose content is moved out of the way: commit log, caches, hints
     * @param guarded whether the node must be kept from starting until all is done
     * @param keepAuth whether the live tables of {@code system_auth} stay, also in a data directory that is exchanged whole
     * @param selection what was asked for, in a text that is equal for equal requests
     */
    record Plan(List<Exchange> exchanges, List<Path> cleared, boolean guarded, boolean keepAuth, String selection) {
        Plan {
            exchanges = List.copyOf(exchanges);
            cleared = List.copyOf(cleared);
        }

        /** Whether everything was asked for, so that no table keeps what is in the commit log. */
        boolean isOfWholeNode() {
            return selection.equals(EVERYTHING);
        }
    }

    /** Exchanges everything, or what an earlier run of the same plan has left to exchange. */
    void run(Plan plan) {
        Plan known = identified(plan);
        Optional<Journal> earlier = area.journal();
        if (earlier.isEmpty()) {
            // the state that they belonged to is kept no more
            known.cleared().forEach(area::forgetSetAside);
        }
        boolean again = earlier.map(journal -> journal.notes().again() || journal.phase() == Journal.Phase.EXCHANGED)
                .orElse(false);
        new Journal(known, Journal.Phase.EXCHANGING, new Journal.Notes(again, earlier.flatMap(journal -> journal.notes()
                        .settings())))
                .write(area.journalFile(), area.dataDirectories());
        StartGuard guard = new StartGuard(privileges);
        if (known.guarded()) {
            area.dataDirectories().forEach(guard::raise);
            known.exchanges().stream()
                    .filter(exchange -> exchange.table() == null && RestoreArea.exists(area.staging(exchange)))
                    .forEach(exchange -> guard.raise(area.staging(exchange)));
        }
        if (known.keepAuth()) {
            known.exchanges().stream()
                    .filter(exchange -> exchange.table() == null && !isInPlace(exchange))
                    .forEach(this::linkAuth);
        }
        if (!hasBegun(known)) {
            known.cleared()
                    .forEach(directory -> setContentAside(
                            directory, again ? area.setAsideAgain(directory) : area.setAside(directory)));
            // else a power failure could leave the new data with the old commit log
            sync(known.cleared());
        }
        known.exchanges().forEach(this::exchange);
        sync(area.dataDirectories());
        lower(guard, known);
        journal(known, Journal.Phase.EXCHANGED);
    }

    private void lower(StartGuard guard, Plan plan) {
        for (Exchange exchange : plan.exchanges()) {
            if (exchange.table() == null) {
                guard.lower(area.previous(exchange));
                guard.lower(area.staging(exchange));
            }
        }
        area.dataDirectories().forEach(guard::lower);
    }

    private void journal(Plan plan, Journal.Phase phase) {
        Journal.Notes notes = area.journal().map(Journal::notes).orElse(Journal.Notes.NONE);
        new Journal(plan, phase, notes).write(area.journalFile(), area.dataDirectories());
    }

    private void sync(Collection<Path> directories) {
        directories.stream().filter(Files::isDirectory).forEach(sync);
    }

    private static void sync(Path directory) {
        try {
            FileSystems.sync(directory);
        } catch (IOException failed) {
            throw Failures.ofFile("syncing " + directory, failed, FailureKind.LOCAL_FILE);
        }
    }

    /**
     * Whether any staged directory is in place. What the commit log holds belongs to the restored data from then on: the old one
     * was set aside before, and a node may have been started since.
     */
    static boolean hasBegun(Plan plan) {
        return plan.exchanges().stream().anyMatch(Swap::isInPlace);
    }

    /** The plan with the identities of what is staged now. */
    Plan identified(Plan plan) {
        List<Exchange> exchanges = plan.exchanges().stream()
                .map(exchange -> exchange.staged() && exchange.identity() == 0
                        ? new Exchange(
                                exchange.dataDirectory(), exchange.table(), true, identity(area.staging(exchange)))
                        : exchange)
                .toList();
        return new Plan(exchanges, plan.cleared(), plan.guarded(), plan.keepAuth(), plan.selection());
    }

    private static long identity(Path path) {
        try {
            return FileSystems.identity(path);
        } catch (IOException failed) {
            throw Failures.ofFile("looking at " + path, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Whether the staged directory has taken the live one's place. */
    private static boolean isInPlace(Exchange exchange) {
        return exchange.staged() && exchange.identity() != 0 && identity(exchange.live()) == exchange.identity();
    }

    private void exchange(Exchange exchange) {
        Path live = exchange.live();
        Path staged = area.staging(exchange);
        Path previous = area.previous(exchange);
        if (!exchange.staged()) {
            // beside a previous state there can only be the snapshots that were kept
            if (RestoreArea.exists(live) && !RestoreArea.exists(previous)) {
                moveAway(live, previous);
            }
        } else if (isInPlace(exchange)) {
            keepOld(exchange, staged);
        } else if (RestoreArea.exists(live) && privileges.exchange(live, staged)) {
            keepOld(exchange, staged);
        } else {
            keepOld(exchange, live);
            privileges.makeTheirs(Objects.requireNonNull(live.getParent()));
            privileges.move(staged, live);
        }
        List<Path> origins = new ArrayList<>(List.of(previous));
        origins.addAll(area.asides(exchange));
        origins.forEach(origin -> carryOver(exchange, origin, live));
    }

    /** What was live becomes the previous state; beside one of an earlier run it is put aside. */
    private void keepOld(Exchange exchange, Path old) {
        if (RestoreArea.exists(old)) {
            Path previous = area.previous(exchange);
            moveAway(old, RestoreArea.exists(previous) ? area.aside(exchange) : previous);
        }
    }

    /** Moves what a restore does not touch: the operator's snapshots, and tables that are no part of any backup. */
    private void carryOver(Exchange exchange, Path from, Path to) {
        if (exchange.table() != null) {
            carrySnapshots(from, to);
            return;
        }
        for (Path keyspace : RestoreArea.entries(from)) {
            List<Path> tables = directories(keyspace);
            if (tables.stream().noneMatch(table -> SwapPlan.belongsToBackups(keyspace, table))) {
                // no keyspace of a backup: traces, or what somebody else has put there
                if (!keyspace.endsWith(StartGuard.FILE)) {
                    carry(keyspace, to.resolve(from.relativize(keyspace)));
                }
                continue;
            }
            for (Path table : tables) {
                Path target = to.resolve(from.relativize(table));
                if (SwapPlan.belongsToBackups(keyspace, table)) {
                    carrySnapshots(table, target);
                } else {
                    carry(table, target);
                }
            }
        }
    }

    private static List<Path> directories(Path parent) {
        if (!Files.isDirectory(parent, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        return RestoreArea.entries(parent).stream()
                .filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
                .toList();
    }

    private void carrySnapshots(Path from, Path to) {
        KEPT.forEach(kept -> carry(from.resolve(kept), to.resolve(kept)));
    }

    private void carry(Path from, Path to) {
        if (RestoreArea.exists(from) && !RestoreArea.exists(to)) {
            privileges.makeTheirs(Objects.requireNonNull(to.getParent()));
            privileges.move(from, to);
        }
    }

    /** Puts the live files of {@code system_auth} into a data directory that will be exchanged as a whole. */
    private void linkAuth(Exchange exchange) {
        Path live = exchange.live().resolve("system_auth");
        for (Path table : directories(live)) {
            Path target = area.staging(exchange).resolve("system_auth").resolve(table.getFileName());
            privileges.makeTheirs(target);
            java.util.Map<Path, Path> links = new java.util.HashMap<>();
            for (Path file : RestoreArea.entries(table)) {
                Path link = target.resolve(file.getFileName());
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && !RestoreArea.exists(link)) {
                    links.put(link, file);
                }
            }
            privileges.link(links);
        }
    }

    /**
     * Turns everything back to what it was before {@link #run}; the staged files stay staged.
     *
     * @param nodeHasRun whether the node was started on the restored data, so that its commit log must not meet the old data
     */
    void undo(Plan plan, boolean nodeHasRun) {
        StartGuard guard = new StartGuard(privileges);
        if (plan.guarded()) {
            area.dataDirectories().forEach(guard::raise);
            plan.exchanges().stream()
                    .filter(exchange -> exchange.table() == null && RestoreArea.exists(area.previous(exchange)))
                    .forEach(exchange -> guard.raise(area.previous(exchange)));
        }
        Optional<Journal.Phase> phase = area.journal().map(Journal::phase);
        boolean carriedOn = phase.equals(Optional.of(Journal.Phase.UNDOING));
        if (nodeHasRun && !phase.equals(Optional.of(Journal.Phase.RETURNING))) {
            journal(plan, Journal.Phase.UNDOING);
            if (!carriedOn || hasBegun(plan)) {
                plan.cleared().forEach(directory -> setContentAside(directory, area.undone(directory)));
                sync(plan.cleared());
            }
        }
        List<Exchange> backwards = new ArrayList<>(plan.exchanges());
        Collections.reverse(backwards);
        backwards.forEach(this::undo);
        sync(area.dataDirectories());
        if (nodeHasRun) {
            journal(plan, Journal.Phase.RETURNING);
        }
        plan.cleared().forEach(this::bringContentBack);
        sync(plan.cleared());
        lower(guard, plan);
        area.deleteJournal();
    }

    private void undo(Exchange exchange) {
        Path live = exchange.live();
        Path staged = area.staging(exchange);
        Path previous = area.previous(exchange);
        boolean inPlace = isInPlace(exchange);
        if (inPlace) {
            // an exchange that was cut off before the old state had its name
            keepOld(exchange, staged);
        }
        if (!RestoreArea.exists(previous)) {
            if (inPlace) {
                moveAway(live, staged);
            }
            return;
        }
        carryOver(exchange, live, previous);
        Path replaced = inPlace && !RestoreArea.exists(staged) ? staged : area.aside(exchange);
        if (RestoreArea.exists(live) && privileges.exchange(live, previous)) {
            moveAway(previous, replaced);
            return;
        }
        if (RestoreArea.exists(live)) {
            moveAway(live, replaced);
        }
        privileges.makeTheirs(Objects.requireNonNull(live.getParent()));
        privileges.move(previous, live);
    }

    private void moveAway(Path from, Path to) {
        privileges.makeOwn(Objects.requireNonNull(to.getParent()));
        privileges.move(from, to);
    }

    private void setContentAside(Path directory, Path aside) {
        List<Path> content = content(directory);
        if (content.isEmpty()) {
            return;
        }
        privileges.makeOwn(aside);
        for (Path entry : content) {
            Path target = aside.resolve(entry.getFileName());
            privileges.move(
                    entry,
                    RestoreArea.exists(target) ? aside.resolve(entry.getFileName() + "." + UUID.randomUUID()) : target);
        }
    }

    private void bringContentBack(Path directory) {
        Path aside = area.setAside(directory);
        for (Path entry : RestoreArea.entries(aside)) {
            Path target = directory.resolve(entry.getFileName());
            if (!RestoreArea.exists(target)) {
                privileges.move(entry, target);
            }
        }
        privileges.remove(aside);
    }

    /** Cassandra reads files there, no directories: what is one is somebody else's, such as {@code lost+found} or a mount. */
    private static List<Path> content(Path directory) {
        return RestoreArea.entries(directory).stream()
                .filter(entry -> !Files.isDirectory(entry))
                .toList();
    }
}
