package io.medusa.repository;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medusa.model.NodeName;
import io.medusa.model.ServerVersion;
import io.medusa.model.SpacedJson;
import io.medusa.model.TableScope;
import io.medusa.model.TokenMap;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The JSON of {@code tokenmap.json} and {@code server_version.json} (docs/compatibility.md 5). */
final class TokenMapJson {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
            .defaultPrettyPrinter(new SpacedJson())
            .build();

    /** At the first node, so that the token maps of all nodes of a datacenter are the same. */
    private static final String OTHER_DATACENTERS = "other_dcs";

    private static final String EPOCH = "epoch";

    private TokenMapJson() {}

    /** @throws IOException if the text is not a token map */
    static TokenMap read(String text) throws IOException {
        JsonNode root = JSON.readTree(text);
        if (root == null || !root.isObject()) {
            throw new IOException("it is not a JSON object");
        }
        Map<NodeName, TokenMap.Node> nodes = new LinkedHashMap<>();
        Set<String> otherDatacenters = new TreeSet<>();
        OptionalLong epoch = OptionalLong.empty();
        for (Map.Entry<String, JsonNode> field : root.properties()) {
            nodes.put(new NodeName(field.getKey()), readNode(field.getKey(), field.getValue()));
            field.getValue().path(OTHER_DATACENTERS).forEach(name -> otherDatacenters.add(name.asText()));
            JsonNode number = field.getValue().path(EPOCH);
            epoch = number.canConvertToLong() && number.isIntegralNumber()
                    ? OptionalLong.of(number.longValue())
                    : epoch;
        }
        return new TokenMap(nodes, otherDatacenters, epoch);
    }

    private static TokenMap.Node readNode(String name, JsonNode node) throws IOException {
        JsonNode tokens = node.path("tokens");
        List<BigInteger> list = new ArrayList<>();
        if (tokens.isIntegralNumber()) {
            list.add(tokens.bigIntegerValue());
        } else if (tokens.isArray()) {
            for (JsonNode token : tokens) {
                list.add(integer(name, token));
            }
        } else {
            throw new IOException("node " + name + " has no tokens");
        }
        JsonNode up = node.path("is_up");
        return new TokenMap.Node(
                list,
                tokens.isIntegralNumber(),
                up.isBoolean() ? up.booleanValue() : null,
                text(node, "rack"),
                text(node, "dc"),
                scope(node));
    }

    private static TableScope scope(JsonNode node) {
        List<String> patterns = new ArrayList<>();
        node.path("scope").forEach(pattern -> patterns.add(pattern.asText()));
        return new TableScope(patterns);
    }

    private static BigInteger integer(String name, JsonNode token) throws IOException {
        if (token.isIntegralNumber()) {
            return token.bigIntegerValue();
        }
        try {
            return new BigInteger(token.asText());
        } catch (NumberFormatException notANumber) {
            throw new IOException("node " + name + " has a token that is not a number", notANumber);
        }
    }

    private static @Nullable String text(JsonNode node, String field) {
        JsonNode value = node.path(field);
        return value.isTextual() ? value.textValue() : null;
    }

    static String write(TokenMap tokenMap) {
        ObjectNode root = JSON.createObjectNode();
        tokenMap.nodes().forEach((name, node) -> {
            ObjectNode entry = root.putObject(name.value());
            ArrayNode tokens = entry.putArray("tokens");
            node.tokens().forEach(tokens::add);
            entry.put("is_up", node.up());
            entry.put("rack", node.rack());
            entry.put("dc", node.datacenter());
            if (!node.scope().isAll()) {
                ArrayNode scope = entry.putArray("scope");
                node.scope().patterns().forEach(scope::add);
            }
            if (root.size() == 1 && !tokenMap.otherDatacenters().isEmpty()) {
                ArrayNode others = entry.putArray(OTHER_DATACENTERS);
                tokenMap.otherDatacenters().forEach(others::add);
            }
            if (root.size() == 1 && tokenMap.epoch().isPresent()) {
                entry.put(EPOCH, tokenMap.epoch().getAsLong());
            }
        });
        return text(root);
    }

    /** Whatever cannot be read counts as unknown. */
    static ServerVersion readVersion(String text) {
        try {
            JsonNode root = JSON.readTree(text);
            return new ServerVersion(
                    root.path("server_type").asText(ServerVersion.UNKNOWN.serverType()),
                    root.path("release_version").asText(ServerVersion.UNKNOWN.releaseVersion()));
        } catch (JsonProcessingException damaged) {
            return ServerVersion.UNKNOWN;
        }
    }

    static String write(ServerVersion version) {
        ObjectNode root = JSON.createObjectNode();
        root.put("server_type", version.serverType());
        root.put("release_version", version.releaseVersion());
        return text(root);
    }

    private static String text(ObjectNode root) {
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(root);
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }
}
