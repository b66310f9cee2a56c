package io.medusa.restore;

import io.medusa.cassandra.CassandraService;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.cassandra.RestoreChecks;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Manifest;
import io.medusa.model.ManifestSection;
import io.medusa.model.SystemKeyspaces;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableSelection;
import io.medusa.model.TokenMap;
import io.medusa.repository.StoredBackup;
import io.medusa.restore.NodeRestoreRequest.Target;
import io.medusa.restore.Placement.Placed;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Everything that is decided and checked before a restore fetches anything: which tables it takes from the backup, whether this node
 * can have them, and where they go. Does not touch data.
 */
final class RestorePreparation {
    private final NodeRestoreRequest request;
    private final CassandraYaml node;
    private final CassandraService service;
    private final Definitions definitions;
    private final TargetTables targetTables;
    private final TokenTakeover takeover;
    private final LocalCopies copies;
    private final RestoreChecks checks;

    RestorePreparation(
            NodeRestoreRequest request,
            CassandraYaml node,
            CassandraService service,
            Definitions definitions,
            TargetTables targetTables,
            TokenTakeover takeover,
            LocalCopies copies,
            RestoreChecks checks) {
        this.request = request;
        this.node = node;
        this.service = service;
        this.definitions = definitions;
        this.targetTables = targetTables;
        this.takeover = takeover;
        this.copies = copies;
        this.checks = checks;
    }

    /**
     * Decides what is restored.
     *
     * @param onlyLook whether nothing may be changed, also no schema change of an earlier restore completed
     * @throws MedusaException if the backup cannot be restored on this node
     */
    RestoreInput prepare(StoredBackup backup, boolean onlyLook) {
        TableSelection selection = request.selection();
        List<ManifestSection> sections = sections(backup);
        if (sections.isEmpty()) {
            throw new MedusaException(
                    FailureKind.BACKUP_UNKNOWN,
                    "backup " + request.name() + " has no tables to restore here. Nothing was changed");
        }
        Placement.checkNames(backup, sections);
        NodeDirectories.requireAll(node);
        checks.require(selection.isAll());
        if (request.target() == Target.IN_PLACE) {
            new SameNode(node, service)
                    .check(request.node(), () -> backup.tokenMap().orThrow());
        }
        VersionCheck version = VersionCheck.of(node, service);
        version.check(backup.serverVersion(), sections, selection.isAll());
        if (request.target() == Target.REMOTE) {
            version.checkRemote(backup.serverVersion());
        }
        if (selection.isAll()) {
            definitions.require(backup, sections);
        } else {
            new CommitLog(node, service).refuseDrained();
        }
        Map<TableDirectory, TableDirectory> targets =
                selection.isAll() ? Map.of() : targetTables.find(backup, sections, service.isUp(), onlyLook);
        List<Placed> placed =
                new Placement(node, copies).place(backup, sections, table -> targets.getOrDefault(table, table));
        Backups.warnOfDamage(sections);
        List<BigInteger> tokens = tokens(backup);
        if (request.target() == Target.REMOTE) {
            takeover.check(tokens);
        }
        return new RestoreInput(backup, sections, targets, placed, tokens);
    }

    /**
     * The selected tables, and the views on them, which would contradict them otherwise.
     *
     * @throws MedusaException if there are none
     */
    List<ManifestSection> sections(StoredBackup backup) {
        Manifest manifest = backup.manifest().orThrow();
        TableSelection selection = request.selection();
        if (selection.isAll() && !manifest.scope().isAll()) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "backup " + request.name() + " is partial (only " + manifest.scope()
                            + "), so the whole node cannot be restored from it. Select what to restore with --keyspace"
                            + " or --table");
        }
        Backups.requireSelected(selection, manifest, backup);
        List<String> tables = manifest.sections().stream()
                .map(ManifestSection::table)
                .filter(selection::includes)
                .map(TableDirectory::qualifiedName)
                .toList();
        Set<String> views = selection.isAll() ? Set.of() : backup.schema().viewsOf(tables);
        return manifest.sections().stream()
                .filter(section -> selection.includes(section.table())
                        || views.contains(section.table().qualifiedName()))
                .filter(section -> request.target() == Target.IN_PLACE || !isOfThisNode(section.table()))
                .toList();
    }

    /** Whether a table holds the identity of a node, or roles and permissions that are to be kept. */
    private boolean isOfThisNode(TableDirectory table) {
        return SystemKeyspaces.isIdentity(table)
                || (request.keepAuth() && table.keyspace().equals(SystemKeyspaces.AUTH));
    }

    /** The tokens to take over; none in place. */
    List<BigInteger> tokens(StoredBackup backup) {
        if (request.target() == Target.IN_PLACE) {
            return List.of();
        }
        TokenMap.Node ring = backup.tokenMap().orThrow().nodes().get(request.node());
        if (ring == null || ring.tokens().isEmpty()) {
            throw new MedusaException(
                    FailureKind.BACKUP_DAMAGED,
                    "the token map of backup " + request.name() + " has no tokens of node " + request.node()
                            + ". Nothing was changed");
        }
        return ring.tokens();
    }
}
