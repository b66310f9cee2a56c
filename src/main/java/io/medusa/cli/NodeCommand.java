package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.cluster.ClusterView;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.io.PrintWriter;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** What all commands share: the program is put together, the command does its work, the program is closed. */
@Command(sortOptions = false, showDefaultValues = false)
abstract class NodeCommand implements Callable<Integer> {
    /** The status of a command that did its work on files that were damaged already. */
    static final int FINISHED_WITH_DAMAGE = ExitStatus.DAMAGED_FILES.number();

    @ParentCommand
    Session.@Nullable Owner parent;

    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public final Integer call() {
        try (Medusa medusa = session().open()) {
            int status = run(medusa);
            StandardOutput.check(out());
            return status;
        }
    }

    /** Does the work and prints the result; returns the exit status. */
    abstract int run(Medusa medusa);

    /** A wrong use of options that picocli cannot see. */
    CommandLine.ParameterException usage(String message) {
        return new CommandLine.ParameterException(Objects.requireNonNull(spec).commandLine(), message);
    }

    Session session() {
        return Objects.requireNonNull(parent).session();
    }

    /** How what many nodes do is shown here. */
    ClusterView clusterView() {
        return session().clusterView();
    }

    /** The number, unless it is less than 1. */
    int atLeastOne(int number, String option) {
        if (number < 1) {
            throw usage(option + " must be at least 1");
        }
        return number;
    }

    /**
     * Asks at the terminal; returns whether the answer is yes. Without a terminal it is no.
     *
     * @throws MedusaException of kind REFUSED if there is a terminal, but standard input ends without an answer
     */
    boolean confirm(String question) {
        if (!session().canAsk()) {
            return false;
        }
        PrintWriter err = Objects.requireNonNull(spec).commandLine().getErr();
        err.print(question + " [y/N] ");
        err.flush();
        Optional<String> answer = session().answers().next();
        if (answer.isPresent()) {
            return answer.get().strip().equalsIgnoreCase("y");
        }
        err.println();
        throw new MedusaException(
                FailureKind.REFUSED, "there was no answer. Add --yes to skip the question, or --dry-run to see more");
    }

    /**
     * Asks before something is destroyed, if somebody is there to answer.
     *
     * @param question names what is destroyed, and how much of it
     * @throws MedusaException of kind REFUSED unless the answer is yes
     */
    void confirmUnless(boolean yes, Supplier<String> question) {
        if (!yes && session().canAsk() && !confirm(question.get())) {
            throw new MedusaException(FailureKind.REFUSED, "not confirmed; nothing was changed");
        }
    }

    /**
     * The same for what the Python Medusa does not have, so that no script relies on it: it must be confirmed.
     *
     * @param what the beginning of the error where nobody can be asked
     */
    void confirmAlwaysUnless(boolean yes, String what, Supplier<String> question) {
        if (!yes && !session().canAsk()) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    what + " needs confirmation, and there is no terminal; nothing was changed. Add --yes");
        }
        confirmUnless(yes, question);
    }

    /** Prints what a dry run has found, which is its result; logs what was done, which is a message. */
    void say(boolean dryRun, String line) {
        if (dryRun) {
            print(line);
        } else {
            LoggerFactory.getLogger(getClass()).info("{}", line);
        }
    }

    PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    /** Without the platform's line separator. */
    void print(String line) {
        out().print(line + "\n");
    }
}
