package io.medusa.grpc;

import com.google.protobuf.Timestamp;
import io.medusa.backup.BackupNode;
import io.medusa.backup.DamagedFile;
import io.medusa.cassandra.CassandraNode;
import io.medusa.catalog.BackupSummary;
import io.medusa.model.BackupMode;
import io.medusa.purge.PurgeBackups;
import io.medusa.verify.VerifyBackup;
import io.medusa.wire.v1.BackupResult;
import io.medusa.wire.v1.ClusterBackup;
import io.medusa.wire.v1.Mode;
import io.medusa.wire.v1.PurgeResponse;
import io.medusa.wire.v1.TakeSnapshotResponse;
import io.medusa.wire.v1.VerifyResult;
import java.time.Instant;

/** Converts the results of flows to messages of {@code medusa.v1}. */
final class AgentMessages {
    private AgentMessages() {}

    static BackupResult of(BackupNode.Result result) {
        return BackupResult.newBuilder()
                .setName(result.backup().name().value())
                .setStarted(timestamp(result.backup().started()))
                .setFinished(timestamp(result.backup().finished().orElseThrow()))
                .setFiles(result.counts().files())
                .setBytes(result.counts().bytes())
                .setUploadedBytes(result.counts().uploadedBytes())
                .setReusedBytes(result.counts().reusedBytes())
                .setCopiedBytes(result.counts().copiedBytes())
                .addAllDamagedFiles(
                        result.damaged().stream().map(DamagedFile::toString).toList())
                .build();
    }

    static ClusterBackup of(BackupSummary summary) {
        ClusterBackup.Builder message = ClusterBackup.newBuilder()
                .setName(summary.backup().name().value())
                .setMode(summary.backup().mode() == BackupMode.FULL ? Mode.FULL : Mode.DIFFERENTIAL)
                .setStarted(timestamp(summary.backup().started()))
                .setFiles(summary.objects())
                .setBytes(summary.size());
        summary.backup().finished().ifPresent(finished -> message.setFinished(timestamp(finished)));
        summary.nodes().forEach(node -> message.addNodes(of(node)));
        summary.backup().missingNodes().forEach(node -> message.addMissingNodes(node.value()));
        summary.scopes().forEach(scope -> message.addAllScope(scope.patterns()));
        return message.build();
    }

    private static io.medusa.wire.v1.NodeBackup of(BackupSummary.Node node) {
        io.medusa.wire.v1.NodeBackup.Builder message = io.medusa.wire.v1.NodeBackup.newBuilder()
                .setNode(node.backup().node().value())
                .setStarted(timestamp(node.backup().started()))
                .setFiles(node.stats().objects())
                .setBytes(node.stats().size())
                .setDamagedFiles(node.stats().damaged().size());
        node.backup().finished().ifPresent(finished -> message.setFinished(timestamp(finished)));
        return message.build();
    }

    static VerifyResult of(VerifyBackup.Result result) {
        VerifyResult.Builder message = VerifyResult.newBuilder()
                .setName(result.backup().name().value())
                .setComplete(result.isComplete())
                .setGood(result.isGood())
                .setFiles(result.objects())
                .setBytes(result.bytes());
        result.findings()
                .forEach(finding -> message.addFindings(io.medusa.wire.v1.Finding.newBuilder()
                        .setNode(finding.node().value())
                        .setKey(finding.key())
                        .setProblem(finding.kind().word())));
        return message.build();
    }

    static PurgeResponse of(PurgeBackups.Result result) {
        PurgeResponse.Builder message =
                PurgeResponse.newBuilder().setObjects(result.objects()).setBytes(result.bytes());
        result.removed()
                .forEach(backup -> message.addBackups(PurgeResponse.Removed.newBuilder()
                        .setName(backup.name().value())
                        .setNode(backup.node().value())));
        return message.build();
    }

    /** A snapshot that was left on the node. */
    static TakeSnapshotResponse of(CassandraNode.Left left) {
        TakeSnapshotResponse.Builder message = TakeSnapshotResponse.newBuilder()
                .setFiles(left.files())
                .setId(left.snapshot().id().orElse(""))
                .setTakenMs(left.snapshot().taken().toEpochMilli())
                .setSchemaVersion(left.snapshot().schemaVersion().orElse(""));
        left.snapshot().epoch().ifPresent(message::setEpoch);
        return message.build();
    }

    private static Timestamp timestamp(Instant moment) {
        return Timestamp.newBuilder()
                .setSeconds(moment.getEpochSecond())
                .setNanos(moment.getNano())
                .build();
    }
}
