package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.grpc.HealthProbe;
import picocli.CommandLine.Command;

/** {@code medusa health}. */
@Command(
        name = "health",
        description =
                "Ask the service of this node whether it serves, as probes do: ends with 0 if so, otherwise with 1.")
final class HealthCommand extends NodeCommand {
    @Override
    int run(Medusa medusa) {
        HealthProbe.run(medusa.serving(), medusa.node());
        print("SERVING");
        return 0;
    }
}
