package io.medusa.cluster;

import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.TableName;
import java.util.List;
import java.util.Map;

/**
 * What a restore of a cluster will do.
 *
 * @param why why the method was chosen, in one line
 * @param moves the data that each node gets
 * @param tables the actions on the target's tables, for methods that keep its nodes running
 * @param warnings what an operator should know in advance
 */
public record ClusterRestorePlan(
        BackupName name,
        Method method,
        String why,
        List<Move> moves,
        Map<TableName, TableAction> tables,
        List<String> warnings) {
    /** How data gets into the cluster. */
    public enum Method {
        /** Every node stops, gets the data of one node of the backup, and starts. */
        NODES,
        /** The nodes keep running and import the SSTables that contain rows they own. */
        IMPORT,
        /** The nodes keep running, and Cassandra's sstableloader streams every row to its owners. */
        SSTABLELOADER
    }

    /** The action on a table before its data arrives. */
    public enum TableAction {
        /** It does not exist and is created as it was. */
        CREATE,
        /** It is truncated. */
        TRUNCATE,
        /** Its columns differ: it is dropped, and created as it was. */
        RECREATE
    }

    /**
     * The data that one node gets.
     *
     * @param sources nodes of the backup
     * @param inPlace whether the node gets its own data back
     * @param seed whether others wait for it when they start
     * @param sstables the number of SSTables; 0 if the method does not select SSTables
     * @param bytes the size of its data
     */
    public record Move(
            List<NodeName> sources, NodeName target, boolean inPlace, boolean seed, int sstables, long bytes) {}

    /** The total size, in bytes. */
    public long bytes() {
        return moves.stream().mapToLong(Move::bytes).sum();
    }
}
