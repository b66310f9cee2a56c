package io.medusa.restore;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.TableDirectory;
import io.medusa.os.FileSystems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The plan of a swap and its phase, in one file that is replaced atomically. Without the file nothing has been swapped, or
 * the swap is over.
 */
record Journal(SwapPlan plan, Phase phase, Notes notes) {
    private static final JsonMapper JSON = new JsonMapper();

    /** The first journal of a restore. */
    Journal(SwapPlan plan, Phase phase) {
        this(plan, phase, Notes.NONE);
    }

    /**
     * Further information for an undo.
     *
     * @param again whether an earlier run of this restore was completed, so that the previous state is older than that run, and
     *     commit logs written since belong to neither
     * @param settings the fingerprint of cassandra.yaml before this restore changed it, if it did
     */
    record Notes(boolean again, Optional<String> settings) {
        static final Notes NONE = new Notes(false, Optional.empty());
    }

    /** The same restore in its next phase. */
    Journal in(Phase next) {
        return new Journal(plan, next, notes);
    }

    /** The phases of a swap. */
    enum Phase {
        /** Some directories may be swapped, others not: the node must not run. */
        SWAPPING,
        /** All are swapped; the node may run on the new ones, the previous ones are kept until it is verified. */
        SWAPPED,
        /** The restore is finished; the previous state is kept because the operator wants it. */
        KEPT,
        /** The restore is being undone: directories are swapped back, the node must not run. */
        UNDOING,
        /** All directories are swapped back; the files of cleared directories are being moved back. */
        RETURNING;

        /** Whether the node has neither its old nor its new data. */
        boolean isInBetween() {
            return this != SWAPPED && this != KEPT;
        }
    }

    /** Reads a journal, if there is one. */
    static Optional<Journal> read(Path file, List<Path> dataDirectories) {
        try {
            JsonNode root = JSON.readTree(Files.readString(file));
            List<DirectorySwap> swaps = new ArrayList<>();
            root.path("swaps")
                    .forEach(node -> swaps.add(new DirectorySwap(
                            dataDirectories.get(node.path("directory").asInt(-1)),
                            node.has("table")
                                    ? new TableDirectory(
                                            node.path("keyspace").asText(),
                                            node.path("table").asText())
                                    : null,
                            node.path("staged").asBoolean(),
                            node.path("identity").asLong())));
            List<Path> cleared = new ArrayList<>();
            root.path("cleared").forEach(node -> cleared.add(Path.of(node.asText())));
            return Optional.of(new Journal(
                    new SwapPlan(
                            swaps,
                            cleared,
                            root.path("guarded").asBoolean(),
                            root.path("keep_auth").asBoolean(),
                            root.path("selection").asText()),
                    Phase.valueOf(root.path("phase").asText()),
                    new Notes(
                            root.path("again").asBoolean(),
                            Optional.of(root.path("settings").asText()).filter(text -> !text.isEmpty()))));
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException unreadable) {
            throw new MedusaException(
                    FailureKind.LOCAL_FILE,
                    "cannot read " + file + ", the journal of an interrupted restore. data_file_directories must be the"
                            + " same as when it was interrupted",
                    unreadable);
        }
    }

    /** Replaces the file; returns once it survives a power failure. */
    void write(Path file, List<Path> dataDirectories) {
        ObjectNode root = JSON.createObjectNode();
        root.put("phase", phase.name());
        root.put("selection", plan.selection());
        root.put("guarded", plan.guarded());
        root.put("keep_auth", plan.keepAuth());
        root.put("again", notes.again());
        notes.settings().ifPresent(settings -> root.put("settings", settings));
        for (DirectorySwap swap : plan.swaps()) {
            ObjectNode node = root.withArray("swaps")
                    .addObject()
                    .put("directory", dataDirectories.indexOf(swap.dataDirectory()))
                    .put("staged", swap.staged())
                    .put("identity", swap.identity());
            TableDirectory table = swap.table();
            if (table != null) {
                node.put("keyspace", table.keyspace()).put("table", table.directory());
            }
        }
        plan.cleared().forEach(directory -> root.withArray("cleared").add(directory.toString()));
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            Files.writeString(part, JSON.writeValueAsString(root));
            FileSystems.syncFile(part);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            FileSystems.syncFile(Objects.requireNonNull(part.getParent()));
        } catch (IOException failed) {
            throw Failures.ofFile("writing " + file, failed, FailureKind.LOCAL_FILE);
        }
    }
}
