package io.medusa.testing;

/** A running SSH server that takes commands as one host. */
public interface SshHost extends AutoCloseable {
    /** The line of a {@code known_hosts} for it. */
    String knownHost();

    /** Cuts every connection, as a network does. */
    void cut() throws Exception;

    @Override
    void close() throws Exception;
}
