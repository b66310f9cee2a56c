package io.medusa.cassandra;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMetadata;
import io.medusa.model.NodeName;
import io.medusa.model.ServerVersion;
import io.medusa.model.TableDirectory;
import io.medusa.model.TokenMap;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads and writes snapshot marks: a file {@value #FILE} in the snapshot's directory of one table, so that any program that clears
 * the snapshot removes it, too. If Medusa may not write there, the file is in the user's home directory, and names the snapshot's
 * directory by its identity, so that it does not count for a later snapshot of the same tag.
 */
final class SnapshotMarks {
    /** The file name, which Cassandra does not use. */
    static final String FILE = "medusa.json";

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotMarks.class);
    private static final JsonMapper JSON = new JsonMapper();

    private final SnapshotDirectories directories;
    private final Path elsewhere;

    /** @param elsewhere where to keep marks that cannot be written beside their snapshot; created when needed */
    SnapshotMarks(SnapshotDirectories directories, Path elsewhere) {
        this.directories = directories;
        this.elsewhere = elsewhere;
    }

    /** The mark of the snapshot of that tag, if it has one. */
    Optional<SnapshotMark> read(String tag) {
        Optional<Path> home = directories.home(tag);
        if (home.isEmpty()) {
            return Optional.empty();
        }
        Optional<SnapshotMark> beside = read(home.get().resolve(FILE), "");
        return beside.isPresent() ? beside : readElsewhere(tag, home.get());
    }

    private Optional<SnapshotMark> readElsewhere(String tag, Path home) {
        try {
            return read(elsewhere.resolve(tag + ".json"), identity(home));
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + home, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Marks the snapshot of that tag; if that fails, logs it, and the snapshot is treated like one of nodetool's. */
    void write(String tag, SnapshotMark mark) {
        Path home = directories
                .home(tag)
                .orElseThrow(() -> new MedusaException(
                        FailureKind.SNAPSHOT_MISSING, "snapshot " + tag + " vanished while it was taken"));
        try {
            writeBeside(home, mark);
        } catch (IOException refused) {
            try {
                Files.createDirectories(
                        elsewhere, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
                Files.writeString(elsewhere.resolve(tag + ".json"), text(mark, identity(home)));
            } catch (IOException failed) {
                LOG.warn(
                        "Snapshot {} could not be marked as Medusa's, neither in {} ({}) nor in {} ({}): a later run will"
                                + " treat it as made by somebody else",
                        tag,
                        home,
                        refused.toString(),
                        elsewhere,
                        failed.toString());
            }
        }
    }

    private static void writeBeside(Path home, SnapshotMark mark) throws IOException {
        Path file = home.resolve(FILE);
        Files.writeString(file, text(mark, ""));
        Path neighbour = home.resolve("manifest.json");
        if (Files.exists(neighbour)) {
            // everybody who can read the snapshot can read its mark
            Files.setPosixFilePermissions(file, Files.getPosixFilePermissions(neighbour));
        }
    }

    /** Deletes a mark that is not beside its snapshot; the others are cleared with theirs. */
    void forget(String tag) {
        try {
            Files.deleteIfExists(elsewhere.resolve(tag + ".json"));
        } catch (IOException failed) {
            LOG.warn("The mark of snapshot {} in {} was not removed: {}", tag, elsewhere, failed.getMessage());
        }
    }

    /** The identity of a directory, which changes if it is recreated under the same name. */
    private static String identity(Path home) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(home, BasicFileAttributes.class);
        return attributes.fileKey() + " " + attributes.creationTime() + " " + attributes.lastModifiedTime();
    }

    private static String text(SnapshotMark mark, String of) throws IOException {
        ObjectNode json = JSON.createObjectNode()
                .put("id", mark.id())
                .put("of", of)
                .put("purpose", mark.purpose())
                .put("for_later", String.valueOf(mark.forLater()))
                .put("by", mark.by())
                .put("taken", mark.taken().toString());
        mark.clusterMetadata().ifPresent(dump -> json.put("cluster_metadata", dump));
        write(json, mark.description());
        return JSON.writeValueAsString(json);
    }

    private static void write(ObjectNode json, NodeDescription node) {
        BackupMetadata metadata = node.metadata();
        json.put("server_type", metadata.version().serverType())
                .put("release_version", metadata.version().releaseVersion())
                .put("host_id", node.hostId().toString())
                .put("partitioner", node.partitioner())
                .put("schema_version", node.schemaVersion().map(UUID::toString).orElse(""))
                .put("schema", metadata.schema())
                .put("full_schema", metadata.fullSchema());
        metadata.tokenMap().epoch().ifPresent(epoch -> json.put("epoch", epoch));
        putList(json, "tables", new TreeSet<>(node.tables()));
        putList(json, "datacenter", metadata.tokenMap().names());
        ObjectNode indexes = json.putObject("built_indexes");
        node.builtIndexes().forEach((table, built) -> putList(indexes, table.toString(), built));
        ObjectNode ring = json.putObject("ring");
        node.wholeRing().nodes().forEach((name, of) -> {
            ObjectNode member = ring.putObject(name.value());
            putList(member, "tokens", of.tokens());
            putKnown(member, "up", of.up());
            putKnown(member, "rack", of.rack());
            putKnown(member, "dc", of.datacenter());
        });
    }

    private static void putKnown(ObjectNode json, String field, @Nullable Object value) {
        if (value != null) {
            json.put(field, value.toString());
        }
    }

    private static void putList(ObjectNode json, String field, Iterable<?> values) {
        ArrayNode list = json.putArray(field);
        values.forEach(value -> list.add(value.toString()));
    }

    /** @param of the owner that the mark must name */
    private static Optional<SnapshotMark> read(Path file, String of) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try {
            JsonNode json = JSON.readTree(Files.readAllBytes(file));
            return text(json, "of").equals(of) ? Optional.of(mark(json)) : Optional.empty();
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (JsonProcessingException | IllegalArgumentException | java.time.DateTimeException cutOff) {
            LOG.warn("{} is cut off or not one of this program's: {}", file, cutOff.getMessage());
            return Optional.empty();
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    private static String text(JsonNode json, String field) {
        JsonNode value = json.path(field);
        if (!value.isTextual()) {
            throw new IllegalArgumentException("it has no " + field);
        }
        return value.textValue();
    }

    private static @Nullable String known(JsonNode json, String field) {
        return json.has(field) ? text(json, field) : null;
    }

    private static List<String> list(JsonNode json, String field) {
        List<String> texts = new ArrayList<>();
        json.path(field).forEach(value -> texts.add(value.asText()));
        return texts;
    }

    private static SnapshotMark mark(JsonNode json) {
        return new SnapshotMark(
                text(json, "id"),
                text(json, "purpose"),
                Boolean.parseBoolean(text(json, "for_later")),
                text(json, "by"),
                Instant.parse(text(json, "taken")),
                description(json),
                Optional.ofNullable(known(json, "cluster_metadata")));
    }

    private static NodeDescription description(JsonNode json) {
        Map<NodeName, TokenMap.Node> ring = new LinkedHashMap<>();
        json.path("ring")
                .properties()
                .forEach(member -> ring.put(new NodeName(member.getKey()), member(member.getValue())));
        Map<NodeName, TokenMap.Node> datacenter = new LinkedHashMap<>();
        for (String name : list(json, "datacenter")) {
            TokenMap.Node node = ring.get(new NodeName(name));
            if (node == null) {
                throw new IllegalArgumentException("its ring lacks " + name);
            }
            datacenter.put(new NodeName(name), node);
        }
        Set<TableDirectory> tables = new LinkedHashSet<>();
        list(json, "tables").forEach(table -> tables.add(table(table)));
        Map<TableDirectory, Set<String>> builtIndexes = new HashMap<>();
        JsonNode built = json.path("built_indexes");
        built.fieldNames().forEachRemaining(table -> builtIndexes.put(table(table), new TreeSet<>(list(built, table))));
        OptionalLong epoch =
                json.has("epoch") ? OptionalLong.of(json.path("epoch").longValue()) : OptionalLong.empty();
        TokenMap wholeRing = new TokenMap(ring, Set.of(), epoch);
        Set<String> others =
                wholeRing.in(new TokenMap(datacenter).datacenters()).otherDatacenters();
        String schemaVersion = text(json, "schema_version");
        return new NodeDescription(
                new BackupMetadata(
                        text(json, "schema"),
                        text(json, "full_schema"),
                        new TokenMap(datacenter, others, epoch),
                        new ServerVersion(text(json, "server_type"), text(json, "release_version"))),
                UUID.fromString(text(json, "host_id")),
                tables,
                wholeRing,
                text(json, "partitioner"),
                schemaVersion.isEmpty() ? Optional.empty() : Optional.of(UUID.fromString(schemaVersion)),
                builtIndexes);
    }

    private static TokenMap.Node member(JsonNode json) {
        String up = known(json, "up");
        return new TokenMap.Node(
                list(json, "tokens").stream().map(BigInteger::new).toList(),
                false,
                up == null ? null : Boolean.valueOf(up),
                known(json, "rack"),
                known(json, "dc"));
    }

    private static TableDirectory table(String path) {
        int slash = path.indexOf('/');
        if (slash < 0) {
            throw new IllegalArgumentException(path + " is no table");
        }
        return new TableDirectory(path.substring(0, slash), path.substring(slash + 1));
    }
}
