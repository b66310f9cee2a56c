package io.medusa.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import io.medusa.model.NodeName;
import io.medusa.remote.CommandResult;
import io.medusa.transfer.LimitedPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Checks every node of a cluster, over SSH as a restore of the cluster would: the connection, the commands that stop and start Cassandra
 * there, and what the node's own {@code medusa doctor --restore} says.
 */
public final class DoctorCluster {
    private static final JsonMapper JSON = new JsonMapper();

    private final ClusterHosts hosts;
    private final NodeProgram program;
    private final List<CommandProbe> probes;

    /** @param startCommand and {@code stopCommand}: what a restore of the cluster runs on the nodes, one element for each word */
    public DoctorCluster(ClusterHosts hosts, NodeProgram program, List<String> startCommand, List<String> stopCommand) {
        this.hosts = hosts;
        this.program = program;
        this.probes = List.of(new CommandProbe("stop_cmd", stopCommand), new CommandProbe("start_cmd", startCommand));
    }

    /** The checks of one node. */
    public record NodeChecks(NodeName node, List<Check> checks) {}

    /**
     * Runs all checks on all nodes; a node that fails does not prevent the others.
     *
     * @return in the order of the nodes
     */
    public List<NodeChecks> run(List<NodeName> nodes, int parallel) {
        Map<NodeName, List<Check>> found = new ConcurrentHashMap<>();
        var unused = hosts.each(
                "Checking",
                nodes,
                new LimitedPool<>(parallel),
                node -> new NodeFanOut.Work(() -> {
                    List<Check> checks = look(node);
                    found.put(node, checks);
                    return checks.stream()
                            .filter(check -> check.outcome() == Outcome.FAILED)
                            .map(check -> check.subject() + ": " + check.detail())
                            .findFirst();
                }));
        return nodes.stream()
                .map(node -> new NodeChecks(node, found.getOrDefault(node, List.of())))
                .toList();
    }

    private List<Check> look(NodeName node) {
        CommandResult reached = hosts.run(node, "true");
        if (!reached.isSuccess()) {
            return List.of(new Check("ssh", Outcome.FAILED, ClusterHosts.shellCause(reached)));
        }
        List<Check> checks = new ArrayList<>(List.of(new Check("ssh", Outcome.OK, "commands can be run")));
        for (CommandProbe probe : probes) {
            Optional<String> problem = probe.problem(hosts.run(node, probe.line()));
            checks.add(new Check(
                    "restore-cluster: " + probe.option(),
                    problem.isPresent() ? Outcome.FAILED : Outcome.OK,
                    problem.orElse("'" + String.join(" ", probe.words()) + "' can be run")));
        }
        CommandResult own = hosts.run(node, program.line("doctor", "--restore", "--no-snapshot", "--output", "json"));
        List<Check> its = checks(own.output());
        checks.addAll(
                its.isEmpty()
                        ? List.of(new Check(
                                "doctor",
                                own.exitStatus().orElse(-1) == ClusterHosts.USAGE ? Outcome.WARNING : Outcome.FAILED,
                                ClusterHosts.shellCause(own)))
                        : its);
        return checks;
    }

    /** What a node's own doctor prints; empty if it printed something else. */
    private static List<Check> checks(String output) {
        List<Check> checks = new ArrayList<>();
        for (String line : output.lines().toList()) {
            try {
                for (JsonNode check : JSON.readTree(line).path("checks")) {
                    checks.add(new Check(
                            check.path("subject").asText(),
                            Outcome.valueOf(check.path("outcome").asText().toUpperCase(Locale.ROOT)),
                            check.path("detail").asText()));
                }
            } catch (JsonProcessingException | IllegalArgumentException other) {
                // the text of another program
            }
        }
        return checks;
    }
}
