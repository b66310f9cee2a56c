package io.medusa.repository;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.medusa.model.SpacedJson;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** JSON objects of one level, of our own small files in the index: texts, numbers and lists of texts. */
final class SmallJson {
    private static final JsonFactory JSON = new JsonFactory();

    private SmallJson() {}

    /** Fills the fields of an object. */
    interface Fields {
        void write(JsonGenerator json) throws IOException;
    }

    static String write(Fields fields) {
        StringWriter out = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(out)) {
            json.setPrettyPrinter(new SpacedJson());
            json.writeStartObject();
            fields.write(json);
            json.writeEndObject();
        } catch (IOException impossible) {
            throw new java.io.UncheckedIOException(impossible);
        }
        return out.toString();
    }

    static void writeList(JsonGenerator json, String field, Iterable<?> texts) throws IOException {
        json.writeArrayFieldStart(field);
        for (Object text : texts) {
            json.writeString(text.toString());
        }
        json.writeEndArray();
    }

    /**
     * The fields as lists of texts; what is nested deeper is left out.
     *
     * @throws JsonParseException if it is not a JSON object
     */
    static Map<String, List<String>> read(InputStream in) throws IOException {
        // what fails here is the store; what fails below is the text, whatever Jackson calls it
        byte[] bytes = in.readAllBytes();
        try (JsonParser parser = JSON.createParser(bytes)) {
            return fields(parser);
        } catch (JsonParseException malformed) {
            throw malformed;
        } catch (IOException malformed) {
            throw new JsonParseException(null, String.valueOf(malformed.getMessage()), malformed);
        }
    }

    private static Map<String, List<String>> fields(JsonParser parser) throws IOException {
        Map<String, List<String>> fields = new HashMap<>();
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw new JsonParseException(parser, "it is not a JSON object");
        }
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            List<String> values = fields.computeIfAbsent(parser.currentName(), absent -> new ArrayList<>());
            if (parser.nextToken() == JsonToken.START_ARRAY) {
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    addScalar(parser, values);
                }
            } else {
                addScalar(parser, values);
            }
        }
        if (parser.currentToken() != JsonToken.END_OBJECT) {
            throw new JsonParseException(parser, "it is truncated");
        }
        return fields;
    }

    private static void addScalar(JsonParser parser, List<String> values) throws IOException {
        if (parser.currentToken() == null) {
            throw new JsonParseException(parser, "it is truncated");
        }
        if (parser.currentToken().isScalarValue()) {
            values.add(parser.getText());
        } else {
            parser.skipChildren();
        }
    }
}
