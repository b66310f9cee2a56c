package io.medusa.app;

import io.medusa.backup.BackupNode;
import io.medusa.config.MedusaConfig;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.TableName;
import io.medusa.model.TableScope;
import io.medusa.model.TableSelection;
import io.medusa.purge.PurgeBackups;
import io.medusa.purge.RetentionRules;
import io.medusa.restore.NodeRestoreRequest;
import io.medusa.restore.RestoreCheck;
import io.medusa.restore.RestoreTable;
import io.medusa.restore.UndoRestore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns a configuration into complete requests. Whoever asks for something else overrides just that. */
public final class RequestDefaults {
    private final MedusaConfig config;
    private final Map<String, String> environment;

    RequestDefaults(MedusaConfig config, Map<String, String> environment) {
        this.config = config;
        this.environment = environment;
    }

    /** A differential backup of this node, with its snapshot cleared at the end. */
    public Backup backup(BackupName name) {
        return new Backup(name);
    }

    /** A restore in place of all tables of this node. */
    public Restore restoreNode(BackupName name) {
        return new Restore(name);
    }

    /**
     * A restore of one table of this node.
     *
     * @param temporary directory for the lock instead of the usual one
     */
    public RestoreTable.Request restoreTable(
            BackupName name, TableName from, TableName to, boolean truncateFirst, Optional<Path> temporary) {
        return new RestoreTable.Request(
                node(), name, from, to, truncateFirst, sudoAllowed(), temporary.orElseGet(this::temporaryDirectory));
    }

    /**
     * An undo of this node's last restore.
     *
     * @param temporary directory for the lock instead of the usual one
     */
    public UndoRestore.Request undoRestore(Optional<Path> temporary) {
        return new UndoRestore.Request(node(), sudoAllowed(), temporary.orElseGet(this::temporaryDirectory));
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

    /** A backup's request in the making. */
    public final class Backup {
        private final BackupName name;
        private BackupMode mode = BackupMode.DIFFERENTIAL;
        private TableScope scope = config.storage().scope();
        private Optional<Duration> stagger = Optional.empty();
        private boolean compareHashes = RequestDefaults.this.compareHashes();
        private boolean keepSnapshot;
        private boolean useExistingSnapshot;
        private Optional<String> snapshot = Optional.empty();

        private Backup(BackupName name) {
            this.name = name;
        }

        /** In that mode. */
        public Backup mode(BackupMode other) {
            mode = other;
            return this;
        }

        /** Limited to some tables; nothing for those of the configuration. */
        public Backup scope(Optional<TableScope> limited) {
            scope = limited.orElse(scope);
            return this;
        }

        /** Waits so many seconds for the previous node in the ring; 0 for not at all. */
        public Backup staggerSeconds(long seconds) {
            stagger = seconds > 0 ? Optional.of(Duration.ofSeconds(seconds)) : Optional.empty();
            return this;
        }

        /** Compares by hash if so, also if the configuration does not want it. */
        public Backup compareHashes(boolean wanted) {
            compareHashes |= wanted;
            return this;
        }

        /** Keeps the snapshot on the node. */
        public Backup keepSnapshot(boolean keep) {
            keepSnapshot = keep;
            return this;
        }

        /** Backs up the snapshot of the backup's bare name. */
        public Backup useExistingSnapshot(boolean existing) {
            useExistingSnapshot = existing;
            return this;
        }

        /** Backs up the snapshot of that id, if it is there. */
        public Backup snapshot(Optional<String> id) {
            snapshot = id;
            return this;
        }

        /** As it is by now. */
        public BackupNode.Request request() {
            return new BackupNode.Request(
                    node(),
                    name,
                    mode,
                    scope,
                    stagger,
                    compareHashes,
                    keepSnapshot,
                    useExistingSnapshot,
                    snapshot,
                    temporaryDirectory());
        }
    }

    /** A restore's request in the making. */
    public final class Restore {
        private final BackupName name;
        private NodeName source = node();
        private TableSelection selection = TableSelection.ALL;
        private NodeRestoreRequest.Target target = NodeRestoreRequest.Target.IN_PLACE;
        private boolean keepAuth;
        private List<String> seeds = List.of();
        private boolean verify;
        private boolean keepPrevious;
        private boolean stayDownOnFailure;
        private boolean sudo = RequestDefaults.this.sudoAllowed();
        private Path temporary = RequestDefaults.this.temporaryDirectory();

        private Restore(BackupName name) {
            this.name = name;
        }

        /** Of another node than the configured one. */
        public Restore source(NodeName node) {
            source = node;
            return this;
        }

        /** Only these tables. */
        public Restore selection(TableSelection tables) {
            selection = tables;
            return this;
        }

        /** Takes the place of the backed-up node. */
        public Restore remote(boolean remote) {
            target = remote ? NodeRestoreRequest.Target.REMOTE : NodeRestoreRequest.Target.IN_PLACE;
            return this;
        }

        /** Keeps the roles and permissions of this node. */
        public Restore keepAuth(boolean keep) {
            keepAuth = keep;
            return this;
        }

        /** Waits for one of these hosts before the node is started. */
        public Restore seeds(List<String> hosts) {
            seeds = hosts;
            return this;
        }

        /** Runs the configured query on the restored node. */
        public Restore verify(boolean wanted) {
            verify = wanted;
            return this;
        }

        /** Keeps the previous data for an undo. */
        public Restore keepPrevious(boolean keep) {
            keepPrevious = keep;
            return this;
        }

        /** Leaves the node down after a swap that is rolled back. */
        public Restore stayDownOnFailure(boolean stay) {
            stayDownOnFailure = stay;
            return this;
        }

        /** Without sudo, whatever the configuration says. */
        public Restore withoutSudo() {
            sudo = false;
            return this;
        }

        /** With the lock in that directory. */
        public Restore temporaryDirectory(Path directory) {
            temporary = directory;
            return this;
        }

        /** As it is by now. */
        public NodeRestoreRequest request() {
            return new NodeRestoreRequest(
                    source,
                    name,
                    selection,
                    target,
                    keepAuth,
                    seeds,
                    verify ? Optional.of(restoreCheck()) : Optional.empty(),
                    keepPrevious,
                    stayDownOnFailure,
                    sudo,
                    temporary);
        }
    }
}
