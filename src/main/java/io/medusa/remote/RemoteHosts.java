package io.medusa.remote;

/** Runs commands on other hosts. Thread-safe; how many run at once is up to the threads that call. */
public interface RemoteHosts extends AutoCloseable {
    /**
     * Runs a command and waits for its end; connections are kept for the next one.
     *
     * @param command text for the host's shell; whatever comes from people or files is quoted in it ({@link Shell#quoted})
     * @param input what the command reads on stdin, its end included
     * @return also for a host that cannot be reached; never {@code null}
     * @throws io.medusa.error.MedusaException only if this thread is interrupted, or this side's keys cannot be read
     */
    CommandResult run(String host, String command, byte[] input);

    /** Closes all connections. Commands that still run go on where they are. */
    @Override
    void close();
}
