package io.medusa.repository;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import io.medusa.model.ContentHash;
import io.medusa.model.Manifest;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.SpacedJson;
import io.medusa.storage.HashRule;
import java.io.IOException;
import java.io.StringWriter;
import java.util.TreeSet;

/** Writes the JSON of {@code manifest.json} (docs/compatibility.md 5); {@link ManifestEntries} reads it. */
final class ManifestJson {
    private static final JsonFactory JSON = new JsonFactory();

    private ManifestJson() {}

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
