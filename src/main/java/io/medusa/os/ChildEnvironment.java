package io.medusa.os;

import java.util.Map;
import java.util.Set;

/**
 * The variables of programs that this process starts: its own without Medusa's options, which may be credentials. What stays running,
 * such as Cassandra, would show them as long as it runs.
 */
public final class ChildEnvironment {
    /** Credentials of the Python Medusa whose names do not say so. */
    private static final Set<String> SHORT = Set.of("CQL_USERNAME", "CQL_PASSWORD");

    private ChildEnvironment() {}

    /** Removes Medusa's options from the variables of a program that is about to start. */
    public static void withoutOptions(Map<String, String> variables) {
        variables.keySet().removeIf(name -> name.startsWith("MEDUSA_") || SHORT.contains(name));
    }
}
