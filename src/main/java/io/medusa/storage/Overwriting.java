package io.medusa.storage;

/** How well a store keeps two writers from replacing each other's objects ({@link Precondition}). */
public enum Overwriting {
    /** The store itself checks each precondition in the same step in which it stores the object. */
    PREVENTED,
    /** It may; whether it does shows when an object that exists is stored with {@link Precondition#ABSENT}. */
    UNKNOWN,
    /** It cannot: what is there is looked up before each request, and another writer may be faster. */
    POSSIBLE
}
