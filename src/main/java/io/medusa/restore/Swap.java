package io.medusa.restore;

import io.medusa.cassandra.KeyspaceDirectories;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.SystemKeyspaces;
import io.medusa.os.FileSystems;
import io.medusa.os.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Swaps directories of a stopped node for staged ones by renaming, under a journal: the next run resumes an interrupted swap, a
 * failed one is reverted. Nothing that was live is deleted: it is kept as the previous state, or set aside if a node was started in
 * between.
 *
 * <p>Where the system can exchange two names in one step, each directory is either the old or the new one at any moment. Where
 * several directories are swapped, that is not enough for the whole node, and {@link StartGuard} keeps Cassandra from starting on
 * a mixture.
 */
final class Swap {
    private static final List<String> KEPT = List.of("snapshots", "backups");

    private final NodeStaging staging;
    private final StagingPaths paths;
    private final Privileges privileges;
    private final Consumer<Path> sync;

    Swap(NodeStaging staging) {
        this(staging, Swap::sync);
    }

    /** @param sync returns once everything on the file system of a directory survives a power failure */
    Swap(NodeStaging staging, Consumer<Path> sync) {
        this.staging = staging;
        this.paths = staging.paths();
        this.privileges = staging.privileges();
        this.sync = sync;
    }

    /** Swaps all directories, or those that an earlier run of the same plan has left. */
    void run(SwapPlan plan) {
        SwapPlan known = identified(plan);
        Optional<Journal> earlier = staging.journal();
        if (earlier.isEmpty()) {
            // the previous state that they belong to is no longer kept
            known.cleared().forEach(staging::forgetSetAside);
        }
        boolean again = earlier.map(journal -> journal.notes().again() || journal.phase() == Journal.Phase.SWAPPED)
                .orElse(false);
        Optional<String> settings = earlier.flatMap(journal -> journal.notes().settings());
        staging.write(new Journal(known, Journal.Phase.SWAPPING, new Journal.Notes(again, settings)));
        StartGuard guard = new StartGuard(privileges);
        if (known.guarded()) {
            staging.dataDirectories().forEach(guard::raise);
            known.swaps().stream()
                    .filter(swap -> swap.table() == null && Directories.exists(paths.staged(swap)))
                    .forEach(swap -> guard.raise(paths.staged(swap)));
        }
        if (known.keepAuth()) {
            known.swaps().stream()
                    .filter(swap -> swap.table() == null && !isInPlace(swap))
                    .forEach(this::linkAuth);
        }
        if (!hasBegun(known)) {
            known.cleared()
                    .forEach(directory -> setContentAside(
                            directory, again ? paths.setAsideAgain(directory) : paths.setAside(directory)));
            // else a power failure could leave the new data with the old commit log
            sync(known.cleared());
        }
        known.swaps().forEach(this::swap);
        sync(staging.dataDirectories());
        lower(guard, known);
        journal(known, Journal.Phase.SWAPPED);
    }

    private void lower(StartGuard guard, SwapPlan plan) {
        for (DirectorySwap swap : plan.swaps()) {
            if (swap.table() == null) {
                guard.lower(paths.previous(swap));
                guard.lower(paths.staged(swap));
            }
        }
        staging.dataDirectories().forEach(guard::lower);
    }

    private void journal(SwapPlan plan, Journal.Phase phase) {
        Journal.Notes notes = staging.journal().map(Journal::notes).orElse(Journal.Notes.NONE);
        staging.write(new Journal(plan, phase, notes));
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
     * Whether any staged directory is in place. From then on the commit log belongs to the restored data: the old one was set aside
     * before, and a node may have been started since.
     */
    static boolean hasBegun(SwapPlan plan) {
        return plan.swaps().stream().anyMatch(Swap::isInPlace);
    }

    /** The plan with the identities of the directories that are staged now. */
    SwapPlan identified(SwapPlan plan) {
        List<DirectorySwap> swaps = plan.swaps().stream()
                .map(swap ->
                        swap.staged() && swap.identity() == 0 ? swap.identified(identity(paths.staged(swap))) : swap)
                .toList();
        return new SwapPlan(swaps, plan.cleared(), plan.guarded(), plan.keepAuth(), plan.selection());
    }

    private static long identity(Path path) {
        try {
            return FileSystems.identity(path);
        } catch (IOException failed) {
            throw Failures.ofFile("looking at " + path, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Whether the staged directory has taken the live one's place. */
    private static boolean isInPlace(DirectorySwap swap) {
        return swap.staged() && swap.identity() != 0 && identity(swap.live()) == swap.identity();
    }

    private void swap(DirectorySwap swap) {
        Path live = swap.live();
        Path staged = paths.staged(swap);
        Path previous = paths.previous(swap);
        if (!swap.staged()) {
            // next to a previous state there can only be snapshots that were kept
            if (Directories.exists(live) && !Directories.exists(previous)) {
                moveAway(live, previous);
            }
        } else if (isInPlace(swap)) {
            keepOld(swap, staged);
        } else if (Directories.exists(live) && privileges.exchange(live, staged)) {
            keepOld(swap, staged);
        } else {
            keepOld(swap, live);
            privileges.makeTheirs(Objects.requireNonNull(live.getParent()));
            privileges.move(staged, live);
        }
        List<Path> origins = new ArrayList<>(List.of(previous));
        origins.addAll(paths.asides(swap));
        origins.forEach(origin -> carryOver(swap, origin, live));
    }

    /** The live directory becomes the previous state, or is set aside if an earlier run already left a previous state. */
    private void keepOld(DirectorySwap swap, Path old) {
        if (Directories.exists(old)) {
            Path previous = paths.previous(swap);
            moveAway(old, Directories.exists(previous) ? paths.aside(swap) : previous);
        }
    }

    /** Moves over what a restore does not touch: the operator's snapshots, and tables that are in no backup. */
    private void carryOver(DirectorySwap swap, Path from, Path to) {
        if (swap.table() != null) {
            carrySnapshots(from, to);
            return;
        }
        for (Path keyspace : Directories.entries(from)) {
            List<Path> tables = KeyspaceDirectories.canBe(keyspace) ? directories(keyspace) : List.of();
            if (tables.stream().noneMatch(table -> KeyspaceDirectories.belongsToBackups(keyspace, table))) {
                // in no backup: traces, or files that someone else has put there
                if (!keyspace.endsWith(StartGuard.FILE)) {
                    carry(keyspace, to.resolve(from.relativize(keyspace)));
                }
                continue;
            }
            for (Path table : tables) {
                Path target = to.resolve(from.relativize(table));
                if (KeyspaceDirectories.belongsToBackups(keyspace, table)) {
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
        return Directories.entries(parent).stream()
                .filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
                .toList();
    }

    private void carrySnapshots(Path from, Path to) {
        KEPT.forEach(kept -> carry(from.resolve(kept), to.resolve(kept)));
    }

    private void carry(Path from, Path to) {
        if (Directories.exists(from) && !Directories.exists(to)) {
            privileges.makeTheirs(Objects.requireNonNull(to.getParent()));
            privileges.move(from, to);
        }
    }

    /** Links the live files of {@code system_auth} into the staged directory that replaces a whole data directory. */
    private void linkAuth(DirectorySwap swap) {
        Path live = swap.live().resolve(SystemKeyspaces.AUTH);
        for (Path table : directories(live)) {
            Path target = paths.staged(swap).resolve(SystemKeyspaces.AUTH).resolve(table.getFileName());
            privileges.makeTheirs(target);
            Map<Path, Path> links = new HashMap<>();
            for (Path file : Directories.entries(table)) {
                Path link = target.resolve(file.getFileName());
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS) && !Directories.exists(link)) {
                    links.put(link, file);
                }
            }
            Set<Path> lost = privileges.link(links);
            if (!lost.isEmpty()) {
                throw new MedusaException(
                        FailureKind.LOCAL_FILE,
                        "the roles cannot be kept: linking " + lost.iterator().next()
                                + " failed. With sudo, permit xargs");
            }
        }
    }

    /**
     * Reverts {@link #run}; the staged files stay staged.
     *
     * @param nodeHasRun whether the node was started on the restored data, so that its commit log must not meet the old data
     */
    void undo(SwapPlan plan, boolean nodeHasRun) {
        StartGuard guard = new StartGuard(privileges);
        if (plan.guarded()) {
            staging.dataDirectories().forEach(guard::raise);
            plan.swaps().stream()
                    .filter(swap -> swap.table() == null && Directories.exists(paths.previous(swap)))
                    .forEach(swap -> guard.raise(paths.previous(swap)));
        }
        Optional<Journal.Phase> phase = staging.journal().map(Journal::phase);
        boolean resumed = phase.equals(Optional.of(Journal.Phase.UNDOING));
        if (nodeHasRun && !phase.equals(Optional.of(Journal.Phase.RETURNING))) {
            journal(plan, Journal.Phase.UNDOING);
            if (!resumed || hasBegun(plan)) {
                plan.cleared().forEach(directory -> setContentAside(directory, paths.undone(directory)));
                sync(plan.cleared());
            }
        }
        List<DirectorySwap> backwards = new ArrayList<>(plan.swaps());
        Collections.reverse(backwards);
        backwards.forEach(this::undo);
        sync(staging.dataDirectories());
        if (nodeHasRun) {
            journal(plan, Journal.Phase.RETURNING);
        }
        plan.cleared().forEach(this::bringContentBack);
        sync(plan.cleared());
        lower(guard, plan);
        staging.deleteJournal();
    }

    private void undo(DirectorySwap swap) {
        Path live = swap.live();
        Path staged = paths.staged(swap);
        Path previous = paths.previous(swap);
        boolean inPlace = isInPlace(swap);
        if (inPlace) {
            // the swap was interrupted before the previous state was renamed
            keepOld(swap, staged);
        }
        if (!Directories.exists(previous)) {
            if (inPlace) {
                moveAway(live, staged);
            }
            return;
        }
        carryOver(swap, live, previous);
        Path replaced = inPlace && !Directories.exists(staged) ? staged : paths.aside(swap);
        if (Directories.exists(live) && privileges.exchange(live, previous)) {
            moveAway(previous, replaced);
            return;
        }
        if (Directories.exists(live)) {
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
                    Directories.exists(target) ? aside.resolve(entry.getFileName() + "." + UUID.randomUUID()) : target);
        }
    }

    private void bringContentBack(Path directory) {
        Path aside = paths.setAside(directory);
        for (Path entry : Directories.entries(aside)) {
            Path target = directory.resolve(entry.getFileName());
            if (!Directories.exists(target)) {
                privileges.move(entry, target);
            }
        }
        privileges.remove(aside);
    }

    /** Files only: Cassandra has no directories there, so they belong to someone else, such as {@code lost+found} or a mount. */
    private static List<Path> content(Path directory) {
        return Directories.entries(directory).stream()
                .filter(entry -> !Files.isDirectory(entry))
                .toList();
    }
}
