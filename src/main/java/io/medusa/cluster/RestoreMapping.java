package io.medusa.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeName;
import io.medusa.model.Segments;
import io.medusa.model.TokenMap;
import io.medusa.os.FileSystems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which node restores whose backup, for nodes that restore themselves when they start. In JSON (docs/compatibility.md 19):
 * {@code {"in_place": bool, "host_map": {"target": {"source": ["source"], "seed": bool}}}}.
 *
 * @param inPlace whether every node restores its own backup
 * @param hosts by target
 */
public record RestoreMapping(boolean inPlace, Map<NodeName, Host> hosts) {
    private static final JsonMapper JSON = new JsonMapper();

    /**
     * The sources of one node.
     *
     * @param sources the nodes whose backups to restore; only the first is used
     * @param seed whether the node is a seed
     */
    public record Host(List<NodeName> sources, boolean seed) {}

    public RestoreMapping {
        hosts = Map.copyOf(hosts);
    }

    /**
     * Maps the nodes of a backup to those of a ring.
     *
     * @throws MedusaException of kind REFUSED if the two have different shapes
     */
    public static RestoreMapping of(ClusterBackup backup, TokenMap ring, Set<NodeName> seeds) {
        RingMapping mapping = RingMapping.of(ofThese(backup.tokenMap(), ring.datacenters()), ring, false);
        if (mapping.difference().isPresent()) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "backup " + backup.name() + " does not fit the cluster node to node: "
                            + mapping.difference().get() + "; restore-cluster imports it into a running cluster");
        }
        Map<NodeName, Host> hosts = new TreeMap<>();
        mapping.sources()
                .forEach((target, source) -> hosts.put(target, new Host(List.of(source), seeds.contains(target))));
        return new RestoreMapping(mapping.isInPlace(), hosts);
    }

    /** A backup of one datacenter may be restored into one with another name, because operators rename them for every restore. */
    private static TokenMap ofThese(TokenMap backup, Set<String> datacenters) {
        boolean isOneForOne = backup.datacenters().size() == 1 && datacenters.size() == 1;
        return isOneForOne
                ? backup.renamed(Map.of(
                        backup.datacenters().iterator().next(),
                        datacenters.iterator().next()))
                : backup.in(datacenters);
    }

    /** The source of a node; empty if the mapping does not contain it. */
    public Optional<NodeName> sourceOf(NodeName target) {
        return Optional.ofNullable(hosts.get(target)).map(host -> host.sources().get(0));
    }

    /** As JSON on one line, targets sorted. */
    public String json() {
        ObjectNode root = JSON.createObjectNode();
        root.put("in_place", inPlace);
        ObjectNode map = root.putObject("host_map");
        new TreeMap<>(hosts).forEach((target, host) -> {
            ObjectNode entry = map.putObject(target.value());
            ArrayNode sources = entry.putArray("source");
            host.sources().forEach(source -> sources.add(source.value()));
            entry.put("seed", host.seed());
        });
        return root.toString();
    }

    /** Writes it to a file atomically. */
    public void write(Path file) {
        try {
            Files.createDirectories(file.getParent());
            FileSystems.replace(file, json());
        } catch (IOException failed) {
            throw Failures.ofFile("writing " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    /**
     * Parses a mapping.
     *
     * @param where it comes from, for messages
     * @throws MedusaException of kind CONFIG_INVALID if it is malformed
     */
    public static RestoreMapping parse(String json, String where) {
        try {
            JsonNode root = JSON.readTree(json);
            if (!root.path("in_place").isBoolean()) {
                throw invalid(where, "it lacks in_place", null);
            }
            Map<NodeName, Host> hosts = new TreeMap<>();
            for (Map.Entry<String, JsonNode> host : root.path("host_map").properties()) {
                List<NodeName> sources = new ArrayList<>();
                for (JsonNode source : host.getValue().path("source")) {
                    sources.add(name(source.asText(), where));
                }
                if (sources.isEmpty()) {
                    throw invalid(where, "host " + Segments.quoted(host.getKey()) + " has no source", null);
                }
                hosts.put(
                        name(host.getKey(), where),
                        new Host(sources, host.getValue().path("seed").asBoolean()));
            }
            return new RestoreMapping(root.path("in_place").asBoolean(), hosts);
        } catch (JsonProcessingException malformed) {
            throw invalid(where, "it is not JSON", malformed);
        }
    }

    private static NodeName name(String text, String where) {
        if (!Segments.isSafe(text)) {
            throw invalid(where, Segments.quoted(text) + " is not a node name", null);
        }
        return new NodeName(text);
    }

    private static MedusaException invalid(
            String where, String why, @org.jspecify.annotations.Nullable Throwable cause) {
        return new MedusaException(
                FailureKind.CONFIG_INVALID,
                where + " cannot be used: " + why
                        + ". The expected form is {\"in_place\": ..., \"host_map\": {\"target\": {\"source\":"
                        + " [\"source\"], ...}}}",
                cause);
    }
}
