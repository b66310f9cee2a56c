package io.medusa.cli;

import io.medusa.cluster.NodeOutcome;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** What came of each node of a cluster, as JSON. */
final class OutcomeJson {
    private OutcomeJson() {}

    static List<Map<String, Object>> of(List<NodeOutcome> outcomes) {
        return outcomes.stream().map(OutcomeJson::of).toList();
    }

    private static Map<String, Object> of(NodeOutcome outcome) {
        Map<String, Object> json = new TreeMap<>();
        json.put("fqdn", outcome.node().value());
        json.put("state", outcome.state().name().toLowerCase(Locale.ROOT));
        json.put("duration_seconds", outcome.duration().toMillis() / 1000.0);
        if (!outcome.isDone()) {
            json.put("cause", outcome.cause());
        }
        return json;
    }
}
