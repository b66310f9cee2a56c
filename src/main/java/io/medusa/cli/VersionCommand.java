package io.medusa.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code medusa version}: what many people try first. */
@Command(name = "version", description = "Print the version; the same as --version.", hidden = true)
final class VersionCommand implements Runnable {
    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public void run() {
        CommandLine own = Objects.requireNonNull(spec).commandLine();
        own.getParent().printVersionHelp(own.getOut());
        StandardOutput.check(own.getOut());
    }
}
