package io.medusa.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.repository.SpacedJson;
import java.io.UncheckedIOException;

/** JSON as scripts know it: one line, keys sorted, a space after each comma and colon (compat.md 1.4). */
final class Json {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
            .defaultPrettyPrinter(new SpacedJson())
            .build();

    private Json() {}

    /** @param value of maps, lists, texts, numbers, booleans and nulls */
    static String line(Object value) {
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsString(value);
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
