package io.medusa.cassandra.http;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.cassandra.SnapshotService;
import io.medusa.os.PemFiles;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;

/** Snapshots through the Management API for Apache Cassandra, its {@code /api/v0/ops/node/snapshots} (docs/compatibility.md 10). */
public final class ManagementApiSnapshots implements SnapshotService {
    private static final JsonMapper JSON = new JsonMapper();

    private final HttpAgent agent;

    /** @param url of the snapshots, such as {@code https://127.0.0.1:8080/api/v0/ops/node/snapshots} */
    public ManagementApiSnapshots(URI url, PemFiles tls) {
        this.agent = new HttpAgent(url, tls);
    }

    @Override
    public void take(String tag) {
        String what = "taking snapshot " + tag;
        HttpAgent.Answer answer =
                agent.post(JSON.createObjectNode().put("snapshot_name", tag).toString(), what);
        if (!answer.isOk()) {
            throw agent.failed(what, answer, answer.body());
        }
    }

    @Override
    public void clear(String tag) {
        String what = "clearing snapshot " + tag;
        HttpAgent.Answer answer = agent.delete("snapshotNames=" + URLEncoder.encode(tag, StandardCharsets.UTF_8), what);
        if (!answer.isOk()) {
            throw agent.failed(what, answer, answer.body());
        }
    }
}
