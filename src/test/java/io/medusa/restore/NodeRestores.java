package io.medusa.restore;

import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.TableSelection;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Requests of restores without anything beyond what a test names. */
final class NodeRestores {
    private NodeRestores() {}

    /** In place, of some tables. */
    static NodeRestoreRequest of(NodeName node, BackupName name, TableSelection selection, Path temporaryDirectory) {
        return of(node, name, selection, NodeRestoreRequest.Target.IN_PLACE, false, false, temporaryDirectory);
    }

    static NodeRestoreRequest of(
            NodeName node,
            BackupName name,
            TableSelection selection,
            NodeRestoreRequest.Target target,
            boolean keepPrevious,
            boolean stayDownOnFailure,
            Path temporaryDirectory) {
        return new NodeRestoreRequest(
                node,
                name,
                selection,
                Map.of(),
                target,
                false,
                List.of(),
                Optional.empty(),
                keepPrevious,
                stayDownOnFailure,
                false,
                temporaryDirectory);
    }
}
