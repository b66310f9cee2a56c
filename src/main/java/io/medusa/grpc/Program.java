package io.medusa.grpc;

import io.medusa.app.Medusa;
import io.medusa.transfer.Progress;
import java.util.function.UnaryOperator;

/** Gives the program to each call, which closes it. */
public interface Program {
    /**
     * Opens it.
     *
     * @param shown what is shown the progress, made from what would be by itself
     */
    Medusa open(UnaryOperator<Progress> shown);

    /** As it is by itself. */
    default Medusa open() {
        return open(UnaryOperator.identity());
    }
}
