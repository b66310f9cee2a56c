package io.medusa.cli;

import io.medusa.app.Medusa;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** What all commands share: the program is put together, the command does its work, the program is closed. */
@Command(sortOptions = false, showDefaultValues = false)
abstract class NodeCommand implements Callable<Integer> {
    /** The status of a command that did its work on files that were damaged already. */
    static final int FINISHED_WITH_DAMAGE = 3;

    @ParentCommand
    @Nullable
    MedusaCommand parent;

    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public final Integer call() {
        try (Medusa medusa = Objects.requireNonNull(parent).open()) {
            int status = run(medusa);
            out().flush();
            return status;
        }
    }

    /** Does the work and prints the result; returns the exit status. */
    abstract int run(Medusa medusa);

    PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    /** Without the platform's line separator. */
    void print(String line) {
        out().print(line + "\n");
    }
}
