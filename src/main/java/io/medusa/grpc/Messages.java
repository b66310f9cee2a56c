package io.medusa.grpc;

import io.medusa.catalog.BackupSummary;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.ClusterBackup;
import io.medusa.model.NodeName;
import io.medusa.model.Segments;
import io.medusa.model.TokenMap;
import io.medusa.wire.BackupNode;
import io.medusa.wire.GetBackupsResponse;
import io.medusa.wire.StatusType;
import java.math.BigInteger;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/** Converts backups to messages. */
final class Messages {
    /** Worst first. */
    private static final List<StatusType> WORST =
            List.of(StatusType.UNKNOWN, StatusType.FAILED, StatusType.IN_PROGRESS, StatusType.SUCCESS);

    /** As that of a file. */
    static final int LONGEST_NAME = 255;

    private Messages() {}

    /**
     * The name of a backup that a client asks for.
     *
     * @throws MedusaException of kind REFUSED if it is not a valid name
     */
    static BackupName name(String text) {
        if (text.length() > LONGEST_NAME) {
            throw new MedusaException(FailureKind.REFUSED, Segments.quoted(text) + " cannot be the name of a backup");
        }
        return new BackupName(text);
    }

    /** As far as the field can tell it. */
    static int count(long number) {
        return (int) Math.min(number, Integer.MAX_VALUE);
    }

    static StatusType status(ClusterBackup backup) {
        return backup.isComplete() ? StatusType.SUCCESS : StatusType.IN_PROGRESS;
    }

    static io.medusa.wire.BackupSummary summary(BackupSummary summary) {
        ClusterBackup backup = summary.backup();
        io.medusa.wire.BackupSummary.Builder message = io.medusa.wire.BackupSummary.newBuilder()
                .setBackupName(backup.name().value())
                .setStartTime(backup.started().getEpochSecond())
                .setFinishTime(backup.finished().map(Instant::getEpochSecond).orElse(0L))
                .setTotalNodes(backup.tokenMap().nodes().size())
                .setFinishedNodes(backup.completeNodes().size())
                .setStatus(status(backup))
                .setBackupType(backup.mode().word())
                .setTotalSize(summary.size())
                .setTotalObjects(summary.objects());
        backup.tokenMap().nodes().forEach((name, node) -> message.addNodes(node(name, node)));
        return message.build();
    }

    private static BackupNode node(NodeName name, TokenMap.Node node) {
        BackupNode.Builder message = BackupNode.newBuilder()
                .setHost(name.value())
                .setDatacenter(Objects.requireNonNullElse(node.datacenter(), ""))
                .setRack(Objects.requireNonNullElse(node.rack(), ""));
        // tokens of partitioners other than Murmur3 do not fit into the field
        node.tokens().stream()
                .filter(token -> token.bitLength() < Long.SIZE)
                .map(BigInteger::longValue)
                .forEach(message::addTokens);
        return message.build();
    }

    static GetBackupsResponse all(List<BackupSummary> backups) {
        GetBackupsResponse.Builder message = GetBackupsResponse.newBuilder();
        backups.forEach(backup -> message.addBackups(summary(backup)));
        return message.setOverallStatus(WORST.stream()
                        .filter(status ->
                                message.getBackupsList().stream().anyMatch(backup -> backup.getStatus() == status))
                        .findFirst()
                        .orElse(StatusType.UNKNOWN))
                .build();
    }
}
