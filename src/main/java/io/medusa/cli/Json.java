package io.medusa.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.model.SpacedJson;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.Stream;

/** JSON as scripts know it: one line, keys sorted, a space after each comma and colon (docs/compatibility.md 1.4). */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .defaultPrettyPrinter(new SpacedJson())
            .build();

    /** It rises when a field is removed or changes its meaning. */
    private static final int VERSION = 1;

    private Json() {}

    /** The same as {@link #line} of a list and the end of the line, without ever having all of it in memory. */
    static void printList(Stream<?> values, PrintWriter out) {
        try (SequenceWriter array = MAPPER.writerWithDefaultPrettyPrinter()
                .without(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
                .writeValuesAsArray(out)) {
            Iterator<?> each = values.iterator();
            while (each.hasNext()) {
                array.write(each.next());
            }
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
        out.print("\n");
    }

    /** The line of a document whose schema is in {@code docs/schemas}: with the version of that schema. */
    static String document(Map<String, ?> fields) {
        Map<String, Object> versioned = new HashMap<>(fields);
        versioned.put("version", VERSION);
        return line(versioned);
    }

    /** @param value of maps, lists, texts, numbers, booleans and nulls */
    static String line(Object value) {
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value);
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
