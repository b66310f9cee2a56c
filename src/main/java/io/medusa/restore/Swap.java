package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.TableDirectory;
import io.medusa.os.FileSystems;
import io.medusa.os.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.UUID;

/**
 * Exchanges directories of a stopped node for staged ones by renaming, under a journal: what was cut off is carried on by the
 * next run, what fails is turned back. Nothing that was live is deleted: it is kept in the area as the previous state, or lies
 * aside there if a node was started in between.
 */
final class Swap {
    private static final List<String> KEPT = List.of("snapshots", "backups");

    private final RestoreArea area;
    private final Privileges privileges;

    Swap(RestoreArea area) {
        this.area = area;
        this.privileges = area.privileges();
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

    private static Path live(Exchange exchange) {
        return exchange.dataDirectory().resolve(exchange.table().toString());
    }

    /** Exchanges everything, or what an earlier run of the same plan has left to exchange. */
    void run(Plan plan) {
        new Journal(plan, Journal.Phase.EXCHANGING).write(area.journalFile(), area.dataDirectories());
        plan.cleared().forEach(this::setContentAside);
        plan.exchanges().forEach(this::exchange);
        syncAll();
        new Journal(plan, Journal.Phase.EXCHANGED).write(area.journalFile(), area.dataDirectories());
    }

    private void exchange(Exchange exchange) {
        Path live = live(exchange);
        Path staged = area.staging(exchange.dataDirectory(), exchange.table());
        Path previous = area.previous(exchange);
        boolean toDo = exchange.staged() ? RestoreArea.exists(staged) : !RestoreArea.exists(previous);
        if (toDo && RestoreArea.exists(live)) {
            // beside a previous state there can only be what a node made that was started in between
            moveAway(live, RestoreArea.exists(previous) ? area.aside(exchange) : previous);
        }
        if (exchange.staged() && RestoreArea.exists(staged)) {
            privileges.makeTheirs(Objects.requireNonNull(live.getParent()));
            privileges.move(staged, live);
        }
        keepSnapshots(exchange, previous, live);
    }

    private void keepSnapshots(Exchange exchange, Path previous, Path live) {
        List<Path> origins = new ArrayList<>(List.of(previous));
        origins.addAll(area.asides(exchange));
        for (Path origin : origins) {
            for (String kept : KEPT) {
                if (RestoreArea.exists(origin.resolve(kept)) && !RestoreArea.exists(live.resolve(kept))) {
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
            Files.deleteIfExists(area.journalFile());
        } catch (IOException failed) {
            throw Failures.ofFile("removing " + area.journalFile(), failed, FailureKind.LOCAL_FILE);
        }
    }

    private void undo(Exchange exchange) {
        Path live = live(exchange);
        Path staged = area.staging(exchange.dataDirectory(), exchange.table());
        Path previous = area.previous(exchange);
        boolean begun = RestoreArea.exists(previous) || (exchange.staged() && !RestoreArea.exists(staged));
        if (!begun) {
            return;
        }
        for (String kept : KEPT) {
            if (RestoreArea.exists(previous)
                    && RestoreArea.exists(live.resolve(kept))
                    && !RestoreArea.exists(previous.resolve(kept))) {
                privileges.move(live.resolve(kept), previous.resolve(kept));
            }
        }
        if (RestoreArea.exists(live)) {
            moveAway(live, exchange.staged() && !RestoreArea.exists(staged) ? staged : area.aside(exchange));
        }
        if (RestoreArea.exists(previous)) {
            privileges.makeTheirs(Objects.requireNonNull(live.getParent()));
            privileges.move(previous, live);
        }
    }

    private void moveAway(Path from, Path to) {
        privileges.makeOwn(Objects.requireNonNull(to.getParent()));
        privileges.move(from, to);
    }

    private void setContentAside(Path directory) {
        Path aside = area.setAside(directory);
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

    private List<Path> content(Path directory) {
        return RestoreArea.entries(directory).stream()
                .filter(entry -> !String.valueOf(entry.getFileName()).startsWith(".medusa-"))
                .toList();
    }

    private void syncAll() {
        for (Path directory : area.dataDirectories()) {
            try {
                FileSystems.sync(directory);
            } catch (IOException failed) {
                throw Failures.ofFile("syncing " + directory, failed, FailureKind.LOCAL_FILE);
            }
        }
    }
}
