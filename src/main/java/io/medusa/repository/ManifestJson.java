package io.medusa.repository;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.medusa.model.ContentHash;
import io.medusa.model.Manifest;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableScope;
import io.medusa.storage.HashRule;
import io.medusa.storage.ObjectKey;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The JSON of {@code manifest.json} (docs/compatibility.md 5), read as a stream, entry by entry. */
final class ManifestJson {
    private static final JsonFactory JSON = new JsonFactory();

    private ManifestJson() {}

    /** @throws IOException if the text is not a manifest, with a message that says where */
    static void read(InputStream in, HashRule rule, ManifestVisitor visitor) throws IOException {
        try (JsonParser parser = JSON.createParser(in)) {
            if (parser.nextToken() != JsonToken.START_ARRAY) {
                throw new IOException("it does not begin with a list of sections");
            }
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                readSection(parser, rule, visitor);
            }
            if (parser.nextToken() != null) {
                throw new IOException("something follows after its end");
            }
        } catch (JsonParseException malformed) {
            throw new IOException(
                    "it is cut off or not JSON at line "
                            + malformed.getLocation().getLineNr() + ", column "
                            + malformed.getLocation().getColumnNr(),
                    malformed);
        }
    }

    private static void readSection(JsonParser parser, HashRule rule, ManifestVisitor visitor) throws IOException {
        expect(parser.currentToken(), JsonToken.START_OBJECT, "a section");
        String keyspace = null;
        String table = null;
        List<String> scope = new ArrayList<>();
        Set<String> builtIndexes = null;
        boolean objectsSeen = false;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
                case "keyspace" -> keyspace = parser.getValueAsString();
                case "columnfamily" -> table = parser.getValueAsString();
                case "scope" -> {
                    while (parser.nextToken() == JsonToken.VALUE_STRING) {
                        scope.add(parser.getText());
                    }
                }
                case "built_indexes" -> {
                    builtIndexes = new LinkedHashSet<>();
                    while (parser.nextToken() == JsonToken.VALUE_STRING) {
                        builtIndexes.add(parser.getText());
                    }
                }
                case "objects" -> {
                    if (keyspace == null || table == null) {
                        throw new IOException("a section lists objects before it names its table");
                    }
                    TableDirectory directory = new TableDirectory(keyspace, table);
                    visitor.section(directory, new TableScope(scope));
                    if (builtIndexes != null) {
                        visitor.builtIndexes(directory, builtIndexes);
                    }
                    readObjects(parser, directory, rule, visitor);
                    objectsSeen = true;
                }
                default -> parser.skipChildren();
            }
        }
        if (!objectsSeen) {
            throw new IOException("a section has no list of objects");
        }
    }

    private static void readObjects(JsonParser parser, TableDirectory table, HashRule rule, ManifestVisitor visitor)
            throws IOException {
        expect(parser.currentToken(), JsonToken.START_ARRAY, "the objects of " + table);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            visitor.entry(table, readEntry(parser, table, rule));
        }
    }

    private static ManifestEntry readEntry(JsonParser parser, TableDirectory table, HashRule rule) throws IOException {
        expect(parser.currentToken(), JsonToken.START_OBJECT, "an object of " + table);
        String path = null;
        String hash = null;
        String content = null;
        long size = -1;
        long modified = -1;
        String damage = null;
        long partSize = 0;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (field) {
                case "path" -> path = parser.getValueAsString();
                case "MD5" -> hash = value == JsonToken.VALUE_NULL ? null : parser.getValueAsString();
                case "size" -> size = size(parser, value);
                case "modified_ns" -> modified = parser.getValueAsLong(-1);
                case "content_hash" -> content = parser.getValueAsString();
                case "part_size" -> partSize = Math.max(0, parser.getValueAsLong(0));
                case "damage" -> damage = parser.getValueAsString();
                default -> parser.skipChildren();
            }
        }
        if (path == null || !ObjectKey.isValid(path)) {
            throw new IOException("an object of " + table + " has the path "
                    + (path == null ? "null" : io.medusa.model.Segments.quoted(path)) + ", which is no object key");
        }
        if (size < 0) {
            throw new IOException("the object " + path + " has no valid size");
        }
        ContentHash known = content == null
                ? rule.parse(hash).orElse(null)
                : ContentHash.parse(content).orElse(null);
        return new ManifestEntry(path, size, known, modified, damage, content == null ? null : hash, partSize);
    }

    /** A whole number, which some writers put into a text; -1 for anything else. */
    private static long size(JsonParser parser, @Nullable JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_NUMBER_INT || value == JsonToken.VALUE_STRING) {
            try {
                return Long.parseLong(parser.getText());
            } catch (NumberFormatException notANumber) {
                return -1;
            }
        }
        return -1;
    }

    private static void expect(@Nullable JsonToken found, JsonToken wanted, String what) throws IOException {
        if (found != wanted) {
            throw new IOException(what + " is not where it should be");
        }
    }

    /** The text, on one line, in the style of the reference, ASCII only. */
    static String write(Manifest manifest, HashRule rule) {
        StringWriter out = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.enable(JsonWriteFeature.ESCAPE_NON_ASCII.mappedFeature());
            json.setPrettyPrinter(new SpacedJson());
            json.writeStartArray();
            for (ManifestSection section : manifest.sections()) {
                json.writeStartObject();
                json.writeStringField("keyspace", section.table().keyspace());
                json.writeStringField("columnfamily", section.table().directory());
                if (!manifest.scope().isAll()) {
                    json.writeArrayFieldStart("scope");
                    for (String pattern : manifest.scope().patterns()) {
                        json.writeString(pattern);
                    }
                    json.writeEndArray();
                }
                if (section.builtIndexes().isPresent()) {
                    json.writeArrayFieldStart("built_indexes");
                    for (String index : new TreeSet<>(section.builtIndexes().get())) {
                        json.writeString(index);
                    }
                    json.writeEndArray();
                }
                json.writeArrayFieldStart("objects");
                for (ManifestEntry entry : section.objects()) {
                    writeEntry(json, entry, rule);
                }
                json.writeEndArray();
                json.writeEndObject();
            }
            json.writeEndArray();
        } catch (IOException impossible) {
            throw new java.io.UncheckedIOException(impossible);
        }
        return out.toString();
    }

    private static void writeEntry(JsonGenerator json, ManifestEntry entry, HashRule rule) throws IOException {
        json.writeStartObject();
        json.writeStringField("path", entry.key());
        ContentHash hash = entry.hash();
        String listed = entry.tag() != null ? entry.tag() : hash == null ? null : rule.text(hash);
        if (listed == null) {
            json.writeNullField("MD5");
        } else {
            json.writeStringField("MD5", listed);
        }
        if (entry.tag() != null && hash != null) {
            json.writeStringField("content_hash", hash.toString());
        }
        if (entry.partSize() > 0) {
            json.writeNumberField("part_size", entry.partSize());
        }
        json.writeNumberField("size", entry.size());
        if (entry.modified().isPresent()) {
            json.writeNumberField("modified_ns", entry.modified().getAsLong());
        }
        if (entry.damage() != null) {
            json.writeStringField("damage", entry.damage());
        }
        json.writeEndObject();
    }
}
