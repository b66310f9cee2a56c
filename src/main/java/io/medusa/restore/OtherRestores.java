package io.medusa.restore;

import io.medusa.cassandra.StagingDirectory;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The other restores of a node: interrupted ones, and what finished ones have kept. */
final class OtherRestores {
    private static final Logger LOG = LoggerFactory.getLogger(OtherRestores.class);

    private final NodeStaging own;
    private final StagingPaths paths;

    /** @param own the staging directories of the present restore */
    OtherRestores(NodeStaging own) {
        this.own = own;
        this.paths = own.paths();
    }

    /** The id of a restore that was interrupted during its swap, so that the node has a mixture of old and new data. */
    Optional<String> interrupted() {
        return journals().entrySet().stream()
                .filter(other -> !other.getKey().equals(paths.id())
                        && other.getValue().phase().isInBetween())
                .map(Map.Entry::getKey)
                .findFirst();
    }

    /** The journals of all restores of this node, the present one's included, by id. */
    Map<String, Journal> journals() {
        Map<String, Journal> journals = new TreeMap<>();
        Path first = paths.dataDirectories().get(0);
        for (Path parent : List.of(StagingDirectory.beside(first), StagingDirectory.inside(first))) {
            for (Path staging : Directories.entries(parent)) {
                if (StagingPaths.isOfRestore(staging)) {
                    Journal.read(staging.resolve(StagingPaths.JOURNAL), paths.dataDirectories())
                            .ifPresent(journal -> {
                                refuseOthersUsers(staging, journal);
                                journals.put(String.valueOf(staging.getFileName()), journal);
                            });
                }
            }
        }
        return journals;
    }

    private void refuseOthersUsers(Path staging, Journal journal) {
        boolean isOurs = staging.startsWith(paths.parent(paths.dataDirectories().get(0)));
        if (!isOurs && journal.phase().isInBetween()) {
            throw new MedusaException(
                    FailureKind.BUSY,
                    "a restore in " + staging
                            + " was interrupted during its swap, and this user cannot resume it there."
                            + " Run medusa as the user who started it");
        }
    }

    /** Removes what restores of other backups have staged but never swapped. */
    void discardStaged() {
        for (Path staging : stagingDirectories()) {
            if (!Directories.exists(staging.resolve(StagingPaths.JOURNAL))) {
                LOG.info("Removing what an unfinished restore left in {}", staging);
                own.withId(String.valueOf(staging.getFileName())).discard();
            }
        }
    }

    /** Removes what all other restores have kept. */
    void forget(Collection<Path> clearedDirectories) {
        stagingDirectories().forEach(staging -> own.withId(String.valueOf(staging.getFileName()))
                .forget(clearedDirectories));
    }

    private List<Path> stagingDirectories() {
        return Directories.entries(paths.parent(paths.dataDirectories().get(0))).stream()
                .filter(staging -> StagingPaths.isOfRestore(staging) && !staging.endsWith(paths.id()))
                .toList();
    }
}
