package io.medusa.cassandra;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
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
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The marks of snapshots: a file {@value #FILE} in the snapshot's directory of one table, so that it goes with the snapshot whoever
 * clears it. Where this program may not write there, the file is in the user's home directory, and names the snapshot's directory by its
 * identity, so that it does not count for a later snapshot of the same tag.
 */
final class SnapshotMarks {
    /** The name of the file; not a name of any file of Cassandra's. */
    static final String FILE = "medusa.json";

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotMarks.class);
    private static final JsonFactory JSON = new JsonFactory();

    private final SnapshotDirectories directories;
    private final Path elsewhere;

    /** @param elsewhere where marks are kept that cannot be written beside their snapshot; made if it is needed */
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

    /** Marks the snapshot of that tag; if that is possible nowhere, it says so, and the snapshot is as one of nodetool's. */
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
            // whoever can read the snapshot can read its mark
            Files.setPosixFilePermissions(file, Files.getPosixFilePermissions(neighbour));
        }
    }

    /** Forgets a mark that is not beside its snapshot; the others go with theirs. */
    void forget(String tag) {
        try {
            Files.deleteIfExists(elsewhere.resolve(tag + ".json"));
        } catch (IOException failed) {
            LOG.warn("The mark of snapshot {} in {} was not removed: {}", tag, elsewhere, failed.getMessage());
        }
    }

    /** What a directory has that is made anew under the same name has not. */
    private static String identity(Path home) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(home, BasicFileAttributes.class);
        return attributes.fileKey() + " " + attributes.creationTime() + " " + attributes.lastModifiedTime();
    }

    private static String text(SnapshotMark mark, String of) throws IOException {
        java.io.StringWriter out = new java.io.StringWriter();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.writeStartObject();
            json.writeStringField("id", mark.id());
            json.writeStringField("of", of);
            json.writeStringField("purpose", mark.purpose());
            json.writeStringField("for_later", String.valueOf(mark.forLater()));
            json.writeStringField("by", mark.by());
            json.writeStringField("taken", mark.taken().toString());
            write(json, mark.description());
            json.writeEndObject();
        }
        return out.toString();
    }

    private static void write(JsonGenerator json, NodeDescription node) throws IOException {
        BackupMetadata metadata = node.metadata();
        json.writeStringField("server_type", metadata.version().serverType());
        json.writeStringField("release_version", metadata.version().releaseVersion());
        json.writeStringField("host_id", node.hostId().toString());
        json.writeStringField("partitioner", node.partitioner());
        json.writeStringField(
                "schema_version", node.schemaVersion().map(UUID::toString).orElse(""));
        json.writeStringField("schema", metadata.schema());
        json.writeStringField("full_schema", metadata.fullSchema());
        writeList(json, "tables", new TreeSet<>(node.tables()));
        writeList(json, "datacenter", metadata.tokenMap().names());
        json.writeObjectFieldStart("built_indexes");
        for (Map.Entry<TableDirectory, Set<String>> table : node.builtIndexes().entrySet()) {
            writeList(json, table.getKey().toString(), table.getValue());
        }
        json.writeEndObject();
        json.writeObjectFieldStart("ring");
        for (Map.Entry<NodeName, TokenMap.Node> member :
                node.wholeRing().nodes().entrySet()) {
            TokenMap.Node of = member.getValue();
            json.writeObjectFieldStart(member.getKey().value());
            writeList(json, "tokens", of.tokens());
            writeKnown(json, "up", of.up());
            writeKnown(json, "rack", of.rack());
            writeKnown(json, "dc", of.datacenter());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private static void writeKnown(JsonGenerator json, String field, @Nullable Object value) throws IOException {
        if (value != null) {
            json.writeStringField(field, value.toString());
        }
    }

    private static void writeList(JsonGenerator json, String field, Iterable<?> values) throws IOException {
        json.writeArrayFieldStart(field);
        for (Object value : values) {
            json.writeString(value.toString());
        }
        json.writeEndArray();
    }

    /** @param of what the mark must say that it belongs to */
    private static Optional<SnapshotMark> read(Path file, String of) {
        if (!Files.exists(file)) {
            return Optional.empty();
        }
        try (JsonParser parser = JSON.createParser(Files.readAllBytes(file))) {
            Fields fields = new Fields();
            parser.nextToken();
            fields.read(parser, "");
            return fields.text("of").equals(of) ? Optional.of(fields.mark()) : Optional.empty();
        } catch (NoSuchFileException none) {
            return Optional.empty();
        } catch (JsonProcessingException | IllegalArgumentException | java.time.DateTimeException cutOff) {
            LOG.warn("{} is cut off or not one of this program's: {}", file, cutOff.getMessage());
            return Optional.empty();
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** The fields of a mark, those of inner objects by their path; every value is a text or a list of texts. */
    private static final class Fields {
        private static final String SEPARATOR = "\n";

        private final Map<String, List<String>> values = new LinkedHashMap<>();

        void read(JsonParser parser, String prefix) throws IOException {
            if (parser.currentToken() != JsonToken.START_OBJECT) {
                throw new IllegalArgumentException("it is no JSON object");
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String field = prefix + parser.currentName();
                JsonToken value = parser.nextToken();
                if (value == JsonToken.START_OBJECT) {
                    read(parser, field + SEPARATOR);
                } else {
                    List<String> texts = values.computeIfAbsent(field, absent -> new ArrayList<>());
                    if (value == JsonToken.START_ARRAY) {
                        while (parser.nextToken() == JsonToken.VALUE_STRING) {
                            texts.add(parser.getText());
                        }
                    } else {
                        texts.add(parser.getText());
                    }
                }
            }
            if (parser.currentToken() != JsonToken.END_OBJECT) {
                throw new IllegalArgumentException("it is cut off");
            }
        }

        String text(String field) {
            List<String> texts = values.get(field);
            if (texts == null || texts.size() != 1) {
                throw new IllegalArgumentException("it has no " + field);
            }
            return texts.get(0);
        }

        private @Nullable String known(String field) {
            return values.containsKey(field) ? text(field) : null;
        }

        private List<String> list(String field) {
            return values.getOrDefault(field, List.of());
        }

        SnapshotMark mark() {
            return new SnapshotMark(
                    text("id"),
                    text("purpose"),
                    Boolean.parseBoolean(text("for_later")),
                    text("by"),
                    Instant.parse(text("taken")),
                    description());
        }

        private NodeDescription description() {
            Map<NodeName, TokenMap.Node> ring = new LinkedHashMap<>();
            members().forEach(name -> ring.put(new NodeName(name), member("ring" + SEPARATOR + name + SEPARATOR)));
            Map<NodeName, TokenMap.Node> datacenter = new LinkedHashMap<>();
            for (String name : list("datacenter")) {
                TokenMap.Node node = ring.get(new NodeName(name));
                if (node == null) {
                    throw new IllegalArgumentException("its ring lacks " + name);
                }
                datacenter.put(new NodeName(name), node);
            }
            Set<TableDirectory> tables = new LinkedHashSet<>();
            list("tables").forEach(table -> tables.add(table(table)));
            Map<TableDirectory, Set<String>> builtIndexes = new HashMap<>();
            below("built_indexes")
                    .forEach(table ->
                            builtIndexes.put(table(table), new TreeSet<>(list("built_indexes" + SEPARATOR + table))));
            TokenMap wholeRing = new TokenMap(ring);
            Set<String> others =
                    wholeRing.in(new TokenMap(datacenter).datacenters()).otherDatacenters();
            String schemaVersion = text("schema_version");
            return new NodeDescription(
                    new BackupMetadata(
                            text("schema"),
                            text("full_schema"),
                            new TokenMap(datacenter, others),
                            new ServerVersion(text("server_type"), text("release_version"))),
                    UUID.fromString(text("host_id")),
                    tables,
                    wholeRing,
                    text("partitioner"),
                    schemaVersion.isEmpty() ? Optional.empty() : Optional.of(UUID.fromString(schemaVersion)),
                    builtIndexes);
        }

        private Set<String> members() {
            return below("ring");
        }

        /** The names of the fields of an inner object. */
        private Set<String> below(String field) {
            Set<String> names = new LinkedHashSet<>();
            for (String path : values.keySet()) {
                if (path.startsWith(field + SEPARATOR)) {
                    names.add(path.split(SEPARATOR, -1)[1]);
                }
            }
            return names;
        }

        private TokenMap.Node member(String prefix) {
            String up = known(prefix + "up");
            return new TokenMap.Node(
                    list(prefix + "tokens").stream().map(BigInteger::new).toList(),
                    false,
                    up == null ? null : Boolean.valueOf(up),
                    known(prefix + "rack"),
                    known(prefix + "dc"));
        }

        private static TableDirectory table(String path) {
            int slash = path.indexOf('/');
            if (slash < 0) {
                throw new IllegalArgumentException(path + " is no table");
            }
            return new TableDirectory(path.substring(0, slash), path.substring(slash + 1));
        }
    }
}
