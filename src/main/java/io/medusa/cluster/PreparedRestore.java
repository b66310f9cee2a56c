package io.medusa.cluster;

import io.medusa.cassandra.Fit;
import io.medusa.model.NodeName;
import io.medusa.schema.BackupSchema;
import java.util.List;
import java.util.Map;

/**
 * The plan of a restore, together with what only its execution needs.
 *
 * @param backupSchema the CQL to create missing tables with
 * @param tables the tables that get data, with the headers of their SSTables
 * @param assignments the SSTables that each node imports
 */
public record PreparedRestore(
        ClusterRestorePlan plan,
        BackupSchema backupSchema,
        List<Fit.Incoming> tables,
        Map<NodeName, ImportPlanner.NodeAssignment> assignments) {}
