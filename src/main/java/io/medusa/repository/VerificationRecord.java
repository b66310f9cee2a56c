package io.medusa.repository;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.Segments;
import io.medusa.model.SpacedJson;
import io.medusa.repository.VerificationState.Result;
import io.medusa.repository.VerificationState.Round;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The object that one verification leaves in the index: everything that is known afterwards (docs/format.md).
 *
 * @param id the object's name, without its ending; begins with the time in seconds
 * @param replaces the ids of the records whose content this one has taken in
 */
record VerificationRecord(String id, Set<String> replaces, VerificationState state) {
    /** More than this many problems are only counted: the record is read by every list of backups. */
    static final int MOST_KEYS = 20_000;

    private static final JsonMapper JSON =
            JsonMapper.builder().defaultPrettyPrinter(new SpacedJson()).build();
    private static final long LAST_SECOND = 999_999_999_999L;

    /** Whether it has taken in another record, or is that one. */
    boolean knows(String other) {
        return other.equals(id) || replaces.contains(other);
    }

    /** The text of the object. */
    String text() {
        ObjectNode json = JSON.createObjectNode().put("version", 1);
        ArrayNode ids = json.putArray("replaces");
        new TreeSet<>(replaces).forEach(ids::add);
        ObjectNode results = json.putObject("results");
        new TreeMap<>(state.results()).forEach((name, levels) -> {
            ObjectNode ofName = results.putObject(name.value());
            new TreeMap<>(levels).forEach((level, result) -> ofName.putArray(level)
                    .add(result.at().getEpochSecond())
                    .add(result.findings()));
        });
        ObjectNode rounds = json.putObject("rounds");
        new TreeMap<>(state.rounds()).forEach((level, round) -> rounds.putArray(level)
                .add(round.at().getEpochSecond())
                .add(round.host())
                .add(round.backups()));
        ArrayNode findings = json.putArray("findings");
        grouped().forEach((group, keys) -> {
            ObjectNode one = findings.addObject();
            group.node().ifPresent(node -> one.put("node", node.value()));
            one.put("problem", group.problem()).put("level", group.level());
            one.put("since", group.since().getEpochSecond());
            one.put("seen", group.seen().getEpochSecond());
            one.put("run", group.run());
            ArrayNode names = one.putArray("backups");
            group.backups().stream().map(BackupName::value).sorted().forEach(names::add);
            if (group.isListed()) {
                ArrayNode list = one.putArray("keys");
                keys.stream().sorted().forEach(list::add);
            } else {
                one.put("count", group.count());
            }
        });
        try {
            return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(json);
        } catch (JsonProcessingException impossible) {
            throw new UncheckedIOException(impossible);
        }
    }

    /** The problems that differ in their keys only; those beyond the limit without keys. */
    private Map<OpenFinding, List<String>> grouped() {
        Map<OpenFinding, List<String>> groups = new LinkedHashMap<>();
        Map<OpenFinding, Long> counted = new LinkedHashMap<>();
        int listed = 0;
        for (OpenFinding finding : state.open()) {
            if (finding.isListed() && listed < MOST_KEYS) {
                listed++;
                groups.computeIfAbsent(with(finding, "-", 1), absent -> new ArrayList<>())
                        .add(finding.key());
            } else {
                counted.merge(with(finding, "", 0), finding.count(), Long::sum);
            }
        }
        counted.forEach((group, count) -> groups.put(with(group, "", count), List.of()));
        return groups;
    }

    private static OpenFinding with(OpenFinding finding, String key, long count) {
        return new OpenFinding(
                finding.node(),
                key,
                finding.problem(),
                finding.level(),
                finding.since(),
                finding.seen(),
                finding.run(),
                finding.backups(),
                count);
    }

    /** @throws IOException if it is not such a record; what is not known of it is left out */
    static VerificationRecord read(String id, byte[] bytes) throws IOException {
        JsonNode json = JSON.readTree(bytes);
        if (json == null || !json.isObject() || !json.path("version").isIntegralNumber()) {
            throw new IOException("it is not a record of verifications");
        }
        Set<String> replaces = new HashSet<>();
        json.path("replaces").forEach(other -> replaces.add(other.asText()));
        Map<BackupName, Map<String, Result>> results = new HashMap<>();
        for (Map.Entry<String, JsonNode> name : json.path("results").properties()) {
            if (Segments.isSafe(name.getKey())) {
                Map<String, Result> levels = new HashMap<>();
                for (Map.Entry<String, JsonNode> level : name.getValue().properties()) {
                    JsonNode fields = level.getValue();
                    levels.put(
                            level.getKey(),
                            new Result(time(fields.path(0)), fields.path(1).asLong()));
                }
                results.put(new BackupName(name.getKey()), levels);
            }
        }
        Map<String, Round> rounds = new HashMap<>();
        for (Map.Entry<String, JsonNode> level : json.path("rounds").properties()) {
            JsonNode fields = level.getValue();
            rounds.put(
                    level.getKey(),
                    new Round(
                            time(fields.path(0)),
                            fields.path(1).asText(),
                            fields.path(2).asLong()));
        }
        List<OpenFinding> open = new ArrayList<>();
        for (JsonNode group : json.path("findings")) {
            readFindings(group, open);
        }
        return new VerificationRecord(id, replaces, new VerificationState(results, open, rounds));
    }

    private static void readFindings(JsonNode group, List<OpenFinding> open) {
        Set<BackupName> backups = new HashSet<>();
        group.path("backups").forEach(name -> {
            if (Segments.isSafe(name.asText())) {
                backups.add(new BackupName(name.asText()));
            }
        });
        OpenFinding common = new OpenFinding(
                Optional.of(group.path("node").asText())
                        .filter(Segments::isSafe)
                        .map(NodeName::new),
                "",
                group.path("problem").asText(),
                group.path("level").asText(),
                time(group.path("since")),
                time(group.path("seen")),
                group.path("run").asText(),
                backups,
                group.path("count").asLong());
        group.path("keys").forEach(key -> {
            if (!key.asText().isEmpty()) {
                open.add(with(common, key.asText(), 1));
            }
        });
        if (common.count() > 0) {
            open.add(common);
        }
    }

    private static Instant time(JsonNode seconds) {
        return Instant.ofEpochSecond(Math.max(0, Math.min(LAST_SECOND, seconds.asLong())));
    }

    /**
     * The file of earlier versions: of each backup the last result, without the objects.
     *
     * @throws IOException if it is no such file
     */
    static VerificationRecord ofEarlierVersion(String id, byte[] bytes) throws IOException {
        Map<BackupName, Map<String, Result>> results = new HashMap<>();
        List<OpenFinding> open = new ArrayList<>();
        SmallJson.read(new java.io.ByteArrayInputStream(bytes)).forEach((name, fields) -> {
            if (Segments.isSafe(name)
                    && fields.size() == 3
                    && fields.get(0).matches("[0-9]{1,12}")
                    && fields.get(2).matches("[0-9]{1,12}")) {
                BackupName backup = new BackupName(name);
                Instant at = Instant.ofEpochSecond(Long.parseLong(fields.get(0)));
                long findings = Long.parseLong(fields.get(2));
                results.put(backup, Map.of(fields.get(1), new Result(at, findings)));
                if (findings > 0) {
                    open.add(new OpenFinding(
                            Optional.empty(), "", "", fields.get(1), at, at, id, Set.of(backup), findings));
                }
            }
        });
        return new VerificationRecord(id, Set.of(), new VerificationState(results, open, Map.of()));
    }
}
