package io.medusa.doctor;

import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.SnapshotFile;
import io.medusa.cassandra.StagingDirectory;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Checks this user's permissions on the node's files. */
final class NodeFiles {
    private static final long MEGABYTE = 1024 * 1024;

    private NodeFiles() {}

    static List<Check> checks(CassandraNode node, Path temporaryDirectory, Instant now) {
        List<Check> checks = new ArrayList<>();
        String user = System.getProperty("user.name");
        for (Path directory : node.dataDirectories()) {
            checks.add(directory(directory, user));
        }
        checks.add(sstables(node, user));
        checks.addAll(new Attempts()
                .of(attempts -> attempts.check("node: staged files", () -> staged(node.dataDirectories(), now))));
        boolean writable = Files.isDirectory(temporaryDirectory) && Files.isWritable(temporaryDirectory);
        checks.add(new Check(
                "node: temporary directory",
                writable ? Outcome.OK : Outcome.FAILED,
                writable
                        ? temporaryDirectory.toString()
                        : "user " + user + " cannot write to " + temporaryDirectory
                                + "; set TMPDIR to a directory that this user can write to"));
        return checks;
    }

    private static Check directory(Path directory, String user) {
        String subject = "node: data directory";
        if (!Files.isDirectory(directory)) {
            return new Check(
                    subject,
                    Outcome.FAILED,
                    directory + " does not exist; check that config_file in [cassandra] is the node's cassandra.yaml");
        }
        if (!Files.isReadable(directory) || !Files.isExecutable(directory)) {
            return new Check(
                    subject,
                    Outcome.FAILED,
                    "user " + user + " cannot read " + directory + "; add the user to Cassandra's group");
        }
        if (!Files.isWritable(directory)) {
            return new Check(
                    subject,
                    Outcome.WARNING,
                    "user " + user + " can read " + directory
                            + " but not write to it: backups work, a restore needs sudo");
        }
        return new Check(subject, Outcome.OK, directory + ", readable and writable");
    }

    /** Staging directories that interrupted restores and imports left beside the data. */
    private static Check staged(List<Path> dataDirectories, Instant now) {
        List<StagingDirectory> all = dataDirectories.stream()
                .flatMap(directory -> StagingDirectory.of(directory).stream())
                .toList();
        if (all.isEmpty()) {
            return new Check("node: staged files", Outcome.OK, "none left by restores or imports");
        }
        boolean abandoned = all.stream().anyMatch(staging -> staging.isAbandonedImport(now));
        String each = all.stream()
                .map(staging -> staging.path() + " (" + megabytes(staging.uniqueBytes()) + ", last used "
                        + staging.lastUsed().truncatedTo(ChronoUnit.MINUTES) + ")")
                .collect(Collectors.joining(", "));
        return new Check(
                "node: staged files",
                abandoned ? Outcome.WARNING : Outcome.OK,
                each
                        + (abandoned
                                ? "; the next restore or import on this node removes imports that are older than a day"
                                : "; to give up interrupted restores, run medusa restore-node --abort"));
    }

    private static String megabytes(long bytes) {
        return (bytes + MEGABYTE - 1) / MEGABYTE + " MB";
    }

    private static Check sstables(CassandraNode node, String user) {
        Optional<SnapshotFile> unreadable = node.liveFiles().values().stream()
                .flatMap(List::stream)
                .filter(file -> !Files.isReadable(file.path()) && Files.exists(file.path()))
                .findFirst();
        return unreadable.isEmpty()
                ? new Check("node: SSTables", Outcome.OK, "readable")
                : new Check(
                        "node: SSTables",
                        Outcome.FAILED,
                        "user " + user + " cannot read " + unreadable.get().path()
                                + "; add the user to Cassandra's group, and check Cassandra's umask");
    }
}
