package io.medusa.storage;

/** How reliably a store checks {@link Precondition}s, so that two writers cannot replace each other's objects. */
public enum Overwriting {
    /** The store checks the precondition and stores the object in one atomic step. */
    PREVENTED,
    /** Unknown until an existing object has been stored with {@link Precondition#ABSENT}. */
    UNKNOWN,
    /** The store cannot: the adapter looks up the object before each request, which leaves a gap for other writers. */
    POSSIBLE
}
