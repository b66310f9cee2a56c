package io.medusa.restore;

import java.util.List;

/**
 * The steps an operator has to take after one replica was restored and the others were not.
 *
 * @param commands to run on the restored node, in this order
 * @param notes sentences on what to expect and what to do by hand
 */
public record AfterRestore(List<String> commands, List<String> notes) {
    /** Nothing: there are no other replicas. */
    public static final AfterRestore NOTHING = new AfterRestore(List.of(), List.of());

    public AfterRestore {
        commands = List.copyOf(commands);
        notes = List.copyOf(notes);
    }
}
