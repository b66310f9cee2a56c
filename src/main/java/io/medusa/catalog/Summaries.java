package io.medusa.catalog;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeBackup;
import io.medusa.repository.BackupRepository;
import io.medusa.transfer.TransferPool;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads what a summary needs: one manifest and one version file for each node backup, several at once. */
final class Summaries {
    private static final Logger LOG = LoggerFactory.getLogger(Summaries.class);

    private final BackupRepository repository;
    private final TransferPool transfers;

    Summaries(BackupRepository repository, TransferPool transfers) {
        this.repository = repository;
        this.transfers = transfers;
    }

    List<BackupSummary> of(List<ClusterBackup> backups) {
        List<NodeBackup> nodes = backups.stream()
                .flatMap(backup -> backup.nodeBackups().stream())
                .toList();
        Iterator<BackupSummary.Node> summaries =
                transfers.mapAll("Reading", nodes, node -> 1, this::node).iterator();
        List<BackupSummary> result = new ArrayList<>(backups.size());
        for (ClusterBackup backup : backups) {
            List<BackupSummary.Node> own = new ArrayList<>();
            backup.nodeBackups().forEach(node -> own.add(summaries.next()));
            result.add(new BackupSummary(backup, own));
        }
        return result;
    }

    private BackupSummary.Node node(NodeBackup backup) {
        BackupRepository.Extent extent = BackupRepository.Extent.NONE;
        if (backup.isFinished()) {
            try {
                extent = repository.extent(backup);
            } catch (MedusaException unreadable) {
                if (unreadable.kind() != FailureKind.BACKUP_DAMAGED) {
                    throw unreadable;
                }
                LOG.error("{}", unreadable.getMessage());
            }
        }
        return new BackupSummary.Node(backup, extent, repository.serverVersion(backup));
    }
}
