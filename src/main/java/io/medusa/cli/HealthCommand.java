package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.grpc.HealthProbe;
import picocli.CommandLine.Command;

/** {@code medusa health}. */
@Command(
        name = "health",
        description = {"Check that this node's service is up. For probes."},
        footer = {"  medusa health"})
final class HealthCommand extends NodeCommand {
    @Override
    int run(Medusa medusa) {
        HealthProbe.run(medusa.serving(), medusa.node());
        print("SERVING");
        return 0;
    }
}
