package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.cluster.RestoreMapping;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.Count;
import io.medusa.model.NodeName;
import io.medusa.model.Segments;
import io.medusa.report.Text;
import io.medusa.restore.NodeRestoreRequest;
import io.medusa.restore.RestoreNode;
import io.medusa.restore.RestorePlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code medusa restore-pod}, in a container that ends before Cassandra starts (docs/compatibility.md 20). */
@Command(
        name = "restore-pod",
        description = {
            "Restore the node of this pod before it starts, once per RESTORE_KEY.",
            "Reads BACKUP_NAME, RESTORE_KEY, RESTORE_MAPPING and POD_NAME from the environment."
        })
final class RestorePodCommand extends NodeCommand {
    private static final Logger LOG = LoggerFactory.getLogger(RestorePodCommand.class);
    private static final String LAST = ".last-restore";

    @Option(
            names = "--state-dir",
            paramLabel = "DIR",
            description = "Directory with the key of the last restore (default: /var/lib/cassandra).")
    Path stateDirectory = Path.of("/var/lib/cassandra");

    @Option(names = "--dry-run", description = "Print what would be restored; change nothing.")
    boolean dryRun;

    @Mixin
    NoQuestions noQuestions = new NoQuestions();

    @Override
    int run(Medusa medusa) {
        Map<String, String> environment = session().environment();
        String name = environment.getOrDefault("BACKUP_NAME", "");
        String key = environment.getOrDefault("RESTORE_KEY", "");
        if (name.isEmpty() || key.isEmpty()) {
            LOG.info("Nothing to restore: BACKUP_NAME and RESTORE_KEY are not both set");
            return 0;
        }
        if (!Segments.isSafe(name)) {
            throw new MedusaException(
                    FailureKind.BACKUP_UNKNOWN,
                    "BACKUP_NAME " + Segments.quoted(name) + " cannot be the name of a backup");
        }
        Path last = stateDirectory.resolve(LAST);
        if (read(last).equals(key)) {
            LOG.info("Restore {} was done before", key);
            return 0;
        }
        if (!restore(medusa, new BackupName(name), environment) || dryRun) {
            // a mapping that is mended, or the run that a dry run was for, must not find its key used up
            return 0;
        }
        try {
            Files.writeString(last, key);
        } catch (IOException failed) {
            throw Failures.ofFile("writing " + last, failed, FailureKind.LOCAL_FILE);
        }
        return 0;
    }

    /** Returns whether this restore needs to be done no more. */
    private boolean restore(Medusa medusa, BackupName name, Map<String, String> environment) {
        Optional<RestoreMapping> mapping = Optional.ofNullable(environment.get("RESTORE_MAPPING"))
                .filter(text -> !text.isBlank())
                .map(text -> RestoreMapping.parse(text, "RESTORE_MAPPING"));
        boolean inPlace = mapping.map(RestoreMapping::inPlace).orElse(true);
        if (!inPlace && environment.getOrDefault("POD_NAME", "").isEmpty()) {
            throw new MedusaException(
                    FailureKind.USAGE,
                    "nothing was restored: POD_NAME is not set, and RESTORE_MAPPING names its nodes by pod. Set"
                            + " POD_NAME to metadata.name of the pod");
        }
        Optional<NodeName> source = inPlace
                ? Optional.of(medusa.node())
                : Optional.ofNullable(environment.get("POD_NAME"))
                        .filter(Segments::isSafe)
                        .map(NodeName::new)
                        .flatMap(pod -> mapping.orElseThrow().sourceOf(pod));
        if (source.isEmpty()) {
            LOG.info("RESTORE_MAPPING has nothing for pod {}", environment.get("POD_NAME"));
            return false;
        }
        if (medusa.backupStatus().ofNode(source.get(), name).isEmpty()) {
            if (isKnown(medusa, name)) {
                LOG.info("Backup {} has no part of node {}: nothing to restore", name, source.get());
            }
            return true;
        }
        NodeRestoreRequest request = medusa.requests()
                .restoreNode(name)
                .source(source.get())
                .remote(!inPlace)
                .keepAuth(!inPlace)
                .withoutSudo()
                .temporaryDirectory(Optional.of(Path.of(environment.getOrDefault("MEDUSA_TMP_DIR", "/tmp"))))
                .request();
        if (dryRun) {
            RestorePlan plan = medusa.onNode().restoreNode().plan(request);
            LOG.info(
                    "Would restore backup {} of node {}: {}, {}, {}",
                    name,
                    source.get(),
                    Count.of(plan.tables().size(), "table"),
                    Count.of(plan.files(), "file"),
                    Text.size(plan.bytes()));
            return true;
        }
        medusa.onNode().volume().createDirectories();
        RestoreNode.Result result = medusa.onNode().restoreNode().run(request);
        LOG.info(
                "Restored backup {} of node {}: {}, {}, {}",
                name,
                source.get(),
                Count.of(result.tables(), "table"),
                Count.of(result.files(), "file"),
                Text.size(result.bytes()));
        return true;
    }

    /**
     * Whether the backup exists. If it does not, only a new node may start without it: one that was added or replaced after the
     * backup was deleted, while the cluster has later ones.
     *
     * @throws MedusaException if it does not exist and the node has data, or was restored before, or the bucket has no backups at all:
     *     the name is wrong, the bucket is another, or the data is not what was asked for
     */
    private boolean isKnown(Medusa medusa, BackupName name) {
        try {
            var unused = medusa.backupStatus().known(name);
            return true;
        } catch (MedusaException missing) {
            if (missing.kind() != FailureKind.BACKUP_UNKNOWN) {
                throw missing;
            }
            Path last = stateDirectory.resolve(LAST);
            boolean isNew = read(last).isEmpty() && medusa.onNode().volume().isEmpty();
            if (isNew && !medusa.hasBackups()) {
                throw new MedusaException(
                        FailureKind.BACKUP_UNKNOWN,
                        missing.getMessage()
                                + ". There are no backups at all, so the node does not start without data. Check bucket_name,"
                                + " base_path and prefix in [storage], or remove BACKUP_NAME from this container",
                        missing);
            }
            if (isNew) {
                LOG.warn("{}. This node is new and starts without data", missing.getMessage());
                return false;
            }
            throw new MedusaException(
                    FailureKind.BACKUP_UNKNOWN,
                    missing.getMessage()
                            + ". This node has data or was restored before, and was not changed. Restore another backup, or,"
                            + " to start the node as it is, write the value of RESTORE_KEY into " + last
                            + " or remove BACKUP_NAME from this container",
                    missing);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (NoSuchFileException first) {
            return "";
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + file, failed, FailureKind.LOCAL_FILE);
        }
    }
}
