package io.medusa.cassandra;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.TableName;
import io.medusa.os.FileSystems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/** A file with the remaining steps of a schema change, so that a later run executes them if this one dies. */
public final class SchemaJournal {
    private static final JsonMapper JSON = new JsonMapper();

    private final Path file;
    private final Consumer<Path> makeDirectory;

    /** @param makeDirectory makes the file's directory, parents included, so that this user can write to it */
    public SchemaJournal(Path file, Consumer<Path> makeDirectory) {
        this.file = file;
        this.makeDirectory = makeDirectory;
    }

    /**
     * The file of that name in this user's home: its content is executed, so nobody else may be able to write to it, and it must
     * outlive a reboot.
     */
    public static SchemaJournal inHome(String name) {
        return in(Path.of(System.getProperty("user.home"), ".medusa"), name);
    }

    /** The file of that name in a directory that only this user may write to; created when needed. */
    public static SchemaJournal in(Path directory, String name) {
        return new SchemaJournal(directory.resolve(name), parent -> {
            try {
                Files.createDirectories(
                        parent, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            } catch (IOException failed) {
                throw Failures.ofFile("creating directory " + parent, failed, FailureKind.LOCAL_FILE);
            }
        });
    }

    /** The steps that an earlier run has left, in order. */
    public List<SchemaStep> read() {
        try {
            List<SchemaStep> steps = new ArrayList<>();
            for (JsonNode step : JSON.readTree(Files.readString(file))) {
                steps.add(new SchemaStep(
                        TableName.parse(step.path("table").asText()),
                        Optional.of(step.path("id").asText()).filter(id -> !id.isEmpty()),
                        step.path("cql").asText()));
            }
            return List.copyOf(steps);
        } catch (NoSuchFileException none) {
            return List.of();
        } catch (IOException unreadable) {
            throw new MedusaException(
                    FailureKind.LOCAL_FILE,
                    file + " holds statements that an interrupted restore has left, and cannot be read",
                    unreadable);
        }
    }

    /** Replaces the steps; returns once that survives a power failure. */
    public void write(List<SchemaStep> steps) {
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            if (steps.isEmpty()) {
                Files.deleteIfExists(file);
                return;
            }
            ArrayNode root = JSON.createArrayNode();
            for (SchemaStep step : steps) {
                ObjectNode node = root.addObject().put("table", step.table().toString());
                step.id().ifPresent(id -> node.put("id", id));
                node.put("cql", step.cql());
            }
            Path directory = Objects.requireNonNull(file.getParent());
            makeDirectory.accept(directory);
            Files.writeString(part, JSON.writeValueAsString(root));
            FileSystems.syncFile(part);
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
            FileSystems.syncFile(directory);
        } catch (IOException failed) {
            throw Failures.ofFile("writing " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    @Override
    public String toString() {
        return file.toString();
    }
}
