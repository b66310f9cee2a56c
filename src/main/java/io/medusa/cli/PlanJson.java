package io.medusa.cli;

import io.medusa.restore.RestorePlan;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The JSON of what would be done. */
final class PlanJson {
    private PlanJson() {}

    static Map<String, Object> of(RestorePlan plan) {
        Map<String, Object> json = new HashMap<>();
        json.put("name", plan.name().value());
        json.put("dry_run", true);
        json.put("whole_node", plan.everything());
        json.put("stops_cassandra", plan.stopsNode());
        json.put("in_one_step", plan.inOneStep());
        json.put("tables", plan.tables().stream().map(PlanJson::table).toList());
        json.put("num_objects", plan.files());
        json.put("size", plan.bytes());
        json.put("objects_to_fetch", plan.filesToFetch());
        json.put("bytes_to_fetch", plan.bytesToFetch());
        json.put("space", spaces(plan.spaces()));
        json.put("set_aside", plan.cleared().stream().map(Path::toString).toList());
        return json;
    }

    private static Map<String, Object> table(RestorePlan.Table table) {
        return Map.of(
                "table",
                table.name(),
                "action",
                table.action().name().toLowerCase(Locale.ROOT),
                "num_objects",
                table.files(),
                "size",
                table.bytes(),
                "bytes_to_fetch",
                table.bytesToFetch());
    }

    static List<Map<String, Object>> spaces(List<RestorePlan.Space> spaces) {
        return spaces.stream()
                .map(space -> Map.<String, Object>of(
                        "directory", space.where().toString(), "needed", space.needed(), "free", space.free()))
                .toList();
    }
}
