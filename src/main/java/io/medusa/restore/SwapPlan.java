package io.medusa.restore;

import java.nio.file.Path;
import java.util.List;

/**
 * Everything that a swap does.
 *
 * @param swaps the directories to swap, in order
 * @param cleared directories whose files are set aside: commit log, saved caches, hints
 * @param guarded whether the node must be kept from starting until all is done
 * @param keepAuth whether the live tables of {@code system_auth} are kept in a data directory that is swapped as a whole
 * @param selection the tables that were asked for, as text; equal for equal selections
 */
record SwapPlan(List<DirectorySwap> swaps, List<Path> cleared, boolean guarded, boolean keepAuth, String selection) {
    /** The {@link #selection} of a restore of the whole node. */
    static final String EVERYTHING = "[] []";

    SwapPlan {
        swaps = List.copyOf(swaps);
        cleared = List.copyOf(cleared);
    }

    /** Whether the whole node is restored, so that no live table needs the commit log. */
    boolean isOfWholeNode() {
        return selection.equals(EVERYTHING);
    }
}
