package io.medusa.cassandra;

/** Stops and starts the node of this machine; every method blocks until the node is in the state it promises. */
public interface CassandraService {
    /** Whether the node answers clients or other nodes. */
    boolean isUp();

    /** Writes everything that is in memory to SSTables, so that the commit log holds nothing that is needed. */
    void drain();

    /** Stops the node and waits until its process is gone. A node that is down already is no error. */
    void stop();

    /** Starts the node and waits until it answers. */
    void start();
}
