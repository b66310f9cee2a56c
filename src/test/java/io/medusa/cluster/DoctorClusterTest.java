package io.medusa.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.cluster.DoctorCluster.NodeChecks;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import io.medusa.model.NodeName;
import io.medusa.remote.CommandResult;
import io.medusa.remote.Shell;
import io.medusa.testing.FakeRemoteHosts;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class DoctorClusterTest {
    private static final String OWN =
            "{\"checks\": [{\"subject\": \"storage: put\", \"outcome\": \"ok\", \"detail\": \"stored\"}, {\"subject\":"
                    + " \"restore: start_cmd\", \"outcome\": \"failed\", \"detail\": \"no\"}], \"healthy\": false}\n";

    private final FakeRemoteHosts hosts = new FakeRemoteHosts((host, command) -> {
        if (host.equals("down")) {
            return CommandResult.unreachable("down: connection refused");
        }
        if (command.contains("doctor")) {
            return host.equals("old")
                    ? CommandResult.ended(2, "", "Unknown option: '--restore'\n")
                    : CommandResult.ended(1, OWN, "");
        }
        return command.contains("sudo -n -l service cassandra stop") && host.equals("strict")
                ? CommandResult.ended(1, "", "")
                : CommandResult.ended(0, "", "");
    });

    private List<Check> checks(String node) {
        List<NodeChecks> found = new DoctorCluster(
                        new ClusterHosts(hosts, new Shell(false, false), ClusterView.NONE),
                        new NodeProgram(Optional.empty(), List.of(), false),
                        List.of("sudo", "service", "cassandra", "start"),
                        List.of("sudo", "service", "cassandra", "stop"))
                .run(List.of(new NodeName(node)), 2);
        assertThat(found).hasSize(1);
        return found.get(0).checks();
    }

    private static List<String> failed(List<Check> checks) {
        return checks.stream()
                .filter(check -> check.outcome() == Outcome.FAILED)
                .map(Check::subject)
                .toList();
    }

    @Test
    void aNodesOwnChecksAreShown() {
        assertThat(checks("good"))
                .contains(new Check("storage: put", Outcome.OK, "stored"))
                .contains(new Check("ssh", Outcome.OK, "commands can be run"));
        assertThat(failed(checks("good"))).containsExactly("restore: start_cmd");
    }

    @Test
    void aCommandThatSudoWouldNotRunIsNamed() {
        assertThat(failed(checks("strict"))).containsExactly("restore-cluster: stop_cmd", "restore: start_cmd");
        assertThat(hosts.sent()).noneMatch(line -> line.endsWith(": sudo service cassandra stop"));
    }

    @Test
    void aNodeThatCannotBeReachedOrRunsAnotherVersionIsNamed() {
        assertThat(checks("down")).containsExactly(new Check("ssh", Outcome.FAILED, "down: connection refused"));
        assertThat(checks("old"))
                .anySatisfy(check -> assertThat(check.outcome()).isEqualTo(Outcome.WARNING));
    }
}
