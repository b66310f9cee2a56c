package io.medusa.app;

import io.medusa.transfer.Progress;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The program as a service uses it: opened once for each version of the configuration, and shared by the calls on it. A call keeps the
 * version it began with; an old one is closed when its last call has ended. Thread-safe.
 */
public final class SharedMedusa implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SharedMedusa.class);

    private final Supplier<Version> opener;
    private final Supplier<Progress> progress;
    private @Nullable Shared current;

    /**
     * The program by one version of the configuration.
     *
     * @param isCurrent whether the configuration is still that version
     */
    public record Version(Medusa medusa, BooleanSupplier isCurrent) {}

    /**
     * Opens nothing before the first call.
     *
     * @param opener opens the program by the present version of the configuration
     * @param progress what shows the progress of a call, made anew for each
     */
    public SharedMedusa(Supplier<Version> opener, Supplier<Progress> progress) {
        this.opener = opener;
        this.progress = progress;
    }

    /** A version, and how many calls use it. */
    private static final class Shared {
        private final Version version;
        private int calls;

        private Shared(Version version) {
            this.version = version;
        }
    }

    /**
     * The program for one call, which closes it.
     *
     * @param shown what is shown the progress, made from what would be by itself
     * @throws io.medusa.error.MedusaException if the configuration has changed and cannot be used; the next call tries again
     */
    public synchronized Medusa open(UnaryOperator<Progress> shown) {
        Shared before = current;
        Shared now = before;
        if (now == null || !now.version.isCurrent().getAsBoolean()) {
            now = new Shared(opener.get());
            current = now;
            if (before != null) {
                LOG.info("Reloaded the configuration, which has changed");
                closeReplaced(before);
            }
        }
        Shared used = now;
        Medusa call = used.version.medusa().shared(shown.apply(progress.get()), () -> end(used));
        used.calls++;
        return call;
    }

    private synchronized void end(Shared used) {
        used.calls--;
        closeUnused(used);
    }

    /** A version that cannot be closed must not fail the call on the new one. */
    private void closeReplaced(Shared version) {
        try {
            closeUnused(version);
        } catch (RuntimeException failed) {
            LOG.warn("Closing the previous version of the configuration failed: {}", failed.getMessage());
        }
    }

    private void closeUnused(Shared version) {
        if (version.calls == 0 && version != current) {
            version.version.medusa().close();
        }
    }

    /** Calls that still run keep what they use until they end. */
    @Override
    public synchronized void close() {
        Shared last = current;
        current = null;
        if (last != null) {
            closeUnused(last);
        }
    }
}
