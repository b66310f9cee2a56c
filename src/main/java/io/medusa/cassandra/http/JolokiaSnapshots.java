package io.medusa.cassandra.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medusa.cassandra.SnapshotService;
import io.medusa.os.PemFiles;
import java.net.URI;

/**
 * Snapshots through Jolokia, which provides JMX over HTTP (docs/compatibility.md 10). Operations are named with their argument types:
 * Cassandra has several of the same name.
 */
public final class JolokiaSnapshots implements SnapshotService {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int OK = 200;

    private final HttpAgent agent;

    /** @param url of the agent, such as {@code http://127.0.0.1:7373/jolokia/} */
    public JolokiaSnapshots(URI url, PemFiles tls) {
        this.agent = new HttpAgent(url, tls);
    }

    @Override
    public void take(String tag) {
        ArrayNode arguments = JSON.createArrayNode().add(tag);
        arguments.addObject();
        arguments.addArray();
        call("taking snapshot " + tag, "takeSnapshot(java.lang.String,java.util.Map,[Ljava.lang.String;)", arguments);
    }

    @Override
    public void clear(String tag) {
        ArrayNode arguments = JSON.createArrayNode().add(tag);
        arguments.addArray();
        call("clearing snapshot " + tag, "clearSnapshot(java.lang.String,[Ljava.lang.String;)", arguments);
    }

    /** Jolokia responds with 200 even if the operation failed; its own status is in the body. */
    private void call(String what, String operation, ArrayNode arguments) {
        ObjectNode request = JSON.createObjectNode()
                .put("type", "exec")
                .put("mbean", "org.apache.cassandra.db:type=StorageService")
                .put("operation", operation);
        request.set("arguments", arguments);
        HttpAgent.Answer answer = agent.post(request.toString(), what);
        JsonNode body;
        try {
            body = JSON.readTree(answer.body());
        } catch (JsonProcessingException noJson) {
            throw agent.failed(what, answer, "its answer is not JSON; is it Jolokia?");
        }
        if (!answer.isOk() || body.path("status").asInt(OK) != OK || body.has("error")) {
            throw agent.failed(what, answer, body.path("error").asText(answer.body()));
        }
    }
}
