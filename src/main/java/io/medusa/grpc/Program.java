package io.medusa.grpc;

import io.medusa.app.Medusa;
import io.medusa.transfer.Progress;
import java.util.function.UnaryOperator;

/** Opens the program for each call, which closes it. */
public interface Program {
    /**
     * Opens it.
     *
     * @param shown makes the progress display from the default one
     */
    Medusa open(UnaryOperator<Progress> shown);

    /** Opens it with the default display. */
    default Medusa open() {
        return open(UnaryOperator.identity());
    }
}
