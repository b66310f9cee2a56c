package io.medusa.app;

import io.medusa.config.MedusaConfig;
import io.medusa.doctor.Doctor;
import io.medusa.model.BackupName;
import io.medusa.model.ImportPlan;
import io.medusa.model.NodeName;
import io.medusa.model.TableName;
import io.medusa.purge.PurgeBackups;
import io.medusa.purge.RetentionRules;
import io.medusa.restore.AbortRestore;
import io.medusa.restore.ImportSSTables;
import io.medusa.restore.RestoreCheck;
import io.medusa.restore.RestoreTable;
import io.medusa.restore.UndoRestore;
import io.medusa.verify.Level;
import io.medusa.verify.VerifyBackup;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/** Turns a configuration into complete requests. Whoever asks for something else overrides just that. */
public final class RequestDefaults {
    private static final int SAMPLE_PERCENT = 10;

    private final MedusaConfig config;
    private final Map<String, String> environment;

    RequestDefaults(MedusaConfig config, Map<String, String> environment) {
        this.config = config;
        this.environment = environment;
    }

    /** A differential backup of this node, with its snapshot cleared at the end. */
    public BackupRequestBuilder backup(BackupName name) {
        return new BackupRequestBuilder(name, node(), config.storage().scope(), compareHashes(), temporaryDirectory());
    }

    /** A restore in place of all tables of this node. */
    public NodeRestoreBuilder restoreNode(BackupName name) {
        return new NodeRestoreBuilder(name, node(), restoreCheck(), sudoAllowed(), temporaryDirectory());
    }

    /** A restore of one table of this node into the same one, beside its present rows. */
    public RestoreTable.Request restoreTable(BackupName name, TableName table) {
        return new RestoreTable.Request(
                node(), name, table, table, false, Optional.empty(), sudoAllowed(), temporaryDirectory());
    }

    /** A restore of a whole cluster. */
    public ClusterRestoreBuilder restoreCluster(BackupName name) {
        return new ClusterRestoreBuilder(
                name, config.cassandra().startCommand(), config.cassandra().stopCommand());
    }

    /** An import of SSTables into this running node. */
    public ImportSSTables.Request importSSTables(ImportPlan plan) {
        return new ImportSSTables.Request(node(), plan, false, sudoAllowed(), temporaryDirectory());
    }

    /** A comparison of all backups with the listing of the bucket. */
    public VerifyBackup.Request verify() {
        return new VerifyBackup.Request(Optional.empty(), Level.EXISTS, SAMPLE_PERCENT, Optional.empty());
    }

    /** A check of everything a backup needs, with a snapshot. */
    public Doctor.Request doctor() {
        return new Doctor.Request(node(), config.storage().prefix(), true, true, false, temporaryDirectory());
    }

    /**
     * An undo of this node's last restore.
     *
     * @param temporary directory for the lock instead of the usual one
     */
    public UndoRestore.Request undoRestore(Optional<Path> temporary) {
        return new UndoRestore.Request(node(), sudoAllowed(), temporary.orElseGet(this::temporaryDirectory));
    }

    /**
     * Giving up this node's interrupted restores.
     *
     * @param temporary directory for the lock instead of the usual one
     */
    public AbortRestore.Request abortRestore(Optional<Path> temporary) {
        return new AbortRestore.Request(node(), sudoAllowed(), temporary.orElseGet(this::temporaryDirectory));
    }

    /** How backups are deleted. */
    public PurgeBackups.How deletion(boolean dryRun) {
        return new PurgeBackups.How(Duration.ofDays(config.storage().retention().graceDays()), dryRun);
    }

    /** Which backups expire. */
    public RetentionRules retention() {
        MedusaConfig.Retention rules = config.storage().retention();
        return new RetentionRules(
                Duration.ofDays(rules.maxAgeDays()),
                rules.maxCount(),
                rules.keepHourly(),
                rules.keepDaily(),
                rules.keepWeekly(),
                rules.keepMonthly(),
                rules.keepYearly(),
                false);
    }

    /** Whether content is compared by hash. */
    public boolean compareHashes() {
        return config.checks().enableMd5Checks();
    }

    /** The query that a restored node is asked. */
    public RestoreCheck restoreCheck() {
        MedusaConfig.Checks checks = config.checks();
        return new RestoreCheck(checks.query(), checks.expectedRows(), checks.expectedResult());
    }

    /** Whether a restore may use sudo. */
    public boolean sudoAllowed() {
        return config.storage().useSudoForRestore();
    }

    /** Where locks and markers go. */
    public Path temporaryDirectory() {
        for (String variable : new String[] {"TMPDIR", "TEMP", "TMP"}) {
            String value = environment.get(variable);
            if (value != null && !value.isEmpty()) {
                return Path.of(value);
            }
        }
        return Path.of("/tmp");
    }

    private NodeName node() {
        return config.storage().fqdn();
    }
}
