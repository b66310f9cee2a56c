package io.medusa.cassandra;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medusa.error.MedusaException;
import io.medusa.os.FileSystems;
import io.medusa.os.Privileges;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a node reported about itself when it last ran, for when it is down: {@code .medusa/node.json} in the
 * first data directory, so that it moves with the data. Written by backups and restores that find the node up, if they may
 * write there; Cassandra ignores the name. If it is lost, everything in it can be set in {@code cassandra.yaml}.
 */
public final class NodeMemory {
    private static final Logger LOG = LoggerFactory.getLogger(NodeMemory.class);
    private static final JsonMapper JSON = new JsonMapper();

    private final Path dataDirectory;

    /** The record for the node with those data directories; empty if {@code cassandra.yaml} names none. */
    public static Optional<NodeMemory> of(CassandraYaml yaml) {
        return yaml.dataDirectories().stream().findFirst().map(NodeMemory::new);
    }

    private NodeMemory(Path dataDirectory) {
        this.dataDirectory = dataDirectory;
    }

    /**
     * The recorded facts.
     *
     * @param directories the node's directories, including unnamed ones
     */
    public record Remembered(CassandraYaml.Directories directories, CassandraService.Identity identity) {}

    /** The file's path, for messages. */
    public Path file() {
        return dataDirectory.resolve(".medusa").resolve("node.json");
    }

    /** The record, if there is one. */
    public Optional<Remembered> read() {
        if (!Files.isReadable(file())) {
            return Optional.empty();
        }
        try {
            JsonNode root = JSON.readTree(Files.readString(file()));
            List<BigInteger> tokens = new ArrayList<>();
            root.path("tokens").forEach(token -> tokens.add(new BigInteger(token.asText())));
            return Optional.of(new Remembered(
                    new CassandraYaml.Directories(
                            path(root, "commitlog_directory"),
                            path(root, "saved_caches_directory"),
                            path(root, "hints_directory"),
                            path(root, "cdc_raw_directory"),
                            path(root, "accord_journal_directory")),
                    new CassandraService.Identity(
                            root.path("host_id").asText(),
                            tokens,
                            root.path("release_version").asText(),
                            path(root, "log_directory"))));
        } catch (IOException | IllegalArgumentException unreadable) {
            LOG.debug("Ignoring {}, which cannot be read", file(), unreadable);
            return Optional.empty();
        }
    }

    private static Optional<Path> path(JsonNode root, String name) {
        return Optional.of(root.path(name).asText())
                .filter(text -> text.startsWith("/"))
                .map(Path::of);
    }

    /** Records what the running node reports now; failures never reach the caller. */
    public void write(CassandraYaml yaml, CassandraService.Identity identity) {
        write(new Remembered(yaml.directories(), identity));
    }

    /** Deletes the record, since the next start may give the node another identity. */
    public void forgetTokens() {
        read().ifPresent(remembered -> write(new Remembered(
                remembered.directories(),
                new CassandraService.Identity(
                        "",
                        List.of(),
                        remembered.identity().releaseVersion(),
                        remembered.identity().logDirectory()))));
    }

    private void write(Remembered remembered) {
        ObjectNode root = JSON.createObjectNode();
        CassandraYaml.Directories directories = remembered.directories();
        CassandraService.Identity identity = remembered.identity();
        put(root, "commitlog_directory", directories.commitLog());
        put(root, "saved_caches_directory", directories.savedCaches());
        put(root, "hints_directory", directories.hints());
        put(root, "cdc_raw_directory", directories.cdcRaw());
        put(root, "accord_journal_directory", directories.accordJournal());
        put(root, "log_directory", identity.logDirectory());
        root.put("release_version", identity.releaseVersion());
        root.put("host_id", identity.hostId());
        identity.tokens().forEach(token -> root.withArray("tokens").add(token.toString()));
        try {
            String text = JSON.writeValueAsString(root);
            if (Files.isReadable(file()) && Files.readString(file()).equals(text)) {
                return;
            }
            Privileges privileges = Privileges.over(dataDirectory, false);
            Path parent = Objects.requireNonNull(file().getParent());
            if (Files.isSymbolicLink(parent)) {
                return;
            }
            privileges.makeTheirs(parent);
            FileSystems.replace(file(), text);
            privileges.giveAway(file());
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        } catch (IOException | MedusaException notAllowed) {
            LOG.debug("Cannot remember the node's directories in {}: {}", file(), notAllowed.getMessage());
        }
    }

    private static void put(ObjectNode root, String name, Optional<Path> path) {
        path.ifPresent(value -> root.put(name, value.toString()));
    }
}
