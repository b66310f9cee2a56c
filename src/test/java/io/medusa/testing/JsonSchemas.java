package io.medusa.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Checks documents against {@code docs/schemas}: the part of JSON Schema 2020-12 that these use, and an error for any other keyword. */
public final class JsonSchemas {
    private static final Path DIRECTORY = Path.of("docs/schemas");
    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final Set<String> NOTES = Set.of("$schema", "title", "description");
    private static final Map<String, String> SAME =
            Map.of("delete-backup", "purge", "purge-decommissioned", "purge", "unpin", "pin", "list", "list-backups");

    private final boolean strict;

    private JsonSchemas(boolean strict) {
        this.strict = strict;
    }

    /** Also refuses fields that no schema names, which readers are to ignore. */
    public static JsonSchemas strict() {
        return new JsonSchemas(true);
    }

    /** As readers are to do: fields that no schema names may be there. */
    public static JsonSchemas lenient() {
        return new JsonSchemas(false);
    }

    /** Whether there is a schema for what the command prints. */
    public static boolean knows(String command) {
        return Files.exists(file(command));
    }

    private static Path file(String command) {
        return DIRECTORY.resolve(SAME.getOrDefault(command, command) + ".schema.json");
    }

    /** What is wrong with the line that a command printed; empty if nothing is. An error has a schema of its own. */
    public List<String> problems(String command, String line) {
        try {
            JsonNode document = MAPPER.readTree(line);
            Path schema = document.path("error").has("exit_status") ? file("error") : file(command);
            return problems(read(schema), document, "$");
        } catch (IOException notJson) {
            return List.of(notJson.getMessage());
        }
    }

    private static JsonNode read(Path file) {
        try {
            return MAPPER.readTree(file.toFile());
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private List<String> problems(JsonNode schema, JsonNode value, String where) {
        List<String> problems = new ArrayList<>();
        schema.fieldNames().forEachRemaining(keyword -> {
            JsonNode rule = schema.get(keyword);
            switch (keyword) {
                case "$ref" -> problems.addAll(problems(read(DIRECTORY.resolve(rule.asText())), value, where));
                case "type" -> checkType(rule, value, where, problems);
                case "const" -> {
                    if (!rule.equals(value)) {
                        problems.add(where + " is not " + rule);
                    }
                }
                case "enum" -> {
                    boolean found = false;
                    for (JsonNode each : rule) {
                        found |= each.equals(value);
                    }
                    if (!found) {
                        problems.add(where + " is " + value + ", none of " + rule);
                    }
                }
                case "required" ->
                    rule.forEach(name -> {
                        if (value.isObject() && !value.has(name.asText())) {
                            problems.add(where + " has no " + name.asText());
                        }
                    });
                case "properties" ->
                    rule.fieldNames().forEachRemaining(name -> {
                        if (value.has(name)) {
                            problems.addAll(problems(rule.get(name), value.get(name), where + "." + name));
                        }
                    });
                case "items" -> {
                    for (int i = 0; i < value.size(); i++) {
                        problems.addAll(problems(rule, value.get(i), where + "[" + i + "]"));
                    }
                }
                case "anyOf" -> checkAny(rule, value, where, problems);
                case "additionalProperties" -> {}
                default -> {
                    if (!NOTES.contains(keyword)) {
                        throw new IllegalArgumentException("a keyword that is not checked: " + keyword);
                    }
                }
            }
        });
        checkOthers(schema, value, where, problems);
        return problems;
    }

    private void checkAny(JsonNode rule, JsonNode value, String where, List<String> problems) {
        List<String> all = new ArrayList<>();
        for (JsonNode each : rule) {
            List<String> own = problems(each, value, where);
            if (own.isEmpty()) {
                return;
            }
            all.add(String.join(", ", own));
        }
        problems.add(where + " is none of: " + String.join("; or: ", all));
    }

    /** Fields that {@code properties} does not name. */
    private void checkOthers(JsonNode schema, JsonNode value, String where, List<String> problems) {
        boolean namesFields = schema.has("properties") || schema.has("additionalProperties");
        if (!value.isObject() || !namesFields) {
            return;
        }
        JsonNode rule = schema.path("additionalProperties");
        value.fieldNames().forEachRemaining(name -> {
            if (schema.path("properties").has(name)) {
                return;
            }
            if (rule.isObject()) {
                problems.addAll(problems(rule, value.get(name), where + "." + name));
            } else if (rule.isBoolean() ? !rule.asBoolean() : strict) {
                problems.add(where + " has the undocumented field " + name);
            }
        });
    }

    private static void checkType(JsonNode rule, JsonNode value, String where, List<String> problems) {
        List<String> types = new ArrayList<>();
        if (rule.isArray()) {
            rule.forEach(each -> types.add(each.asText()));
        } else {
            types.add(rule.asText());
        }
        if (types.stream().noneMatch(type -> isOf(type, value))) {
            problems.add(where + " is " + value.getNodeType() + ", not " + types);
        }
    }

    private static boolean isOf(String type, JsonNode value) {
        return switch (type) {
            case "object" -> value.isObject();
            case "array" -> value.isArray();
            case "string" -> value.isTextual();
            case "boolean" -> value.isBoolean();
            case "null" -> value.isNull();
            case "integer" -> value.isIntegralNumber();
            case "number" -> value.isNumber();
            default -> throw new IllegalArgumentException("a type that is not checked: " + type);
        };
    }
}
