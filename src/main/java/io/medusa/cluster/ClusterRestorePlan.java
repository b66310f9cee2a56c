package io.medusa.cluster;

import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.TableName;
import java.util.List;
import java.util.Map;

/**
 * What a restore of a cluster will do.
 *
 * @param why the method was chosen, one line
 * @param moves what goes where
 * @param tables what becomes of the tables of the target, for methods that leave its nodes running
 * @param warnings what an operator should know before
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
        /** Every node stops, takes the data of one node of the backup, and starts. */
        NODES,
        /** The nodes go on running and take in the SSTables that hold rows of theirs. */
        IMPORT,
        /** The nodes go on running, and Cassandra's own loader streams every row to its owners. */
        SSTABLELOADER
    }

    /** What becomes of a table before its data arrives. */
    public enum TableAction {
        /** It does not exist and is created as it was. */
        CREATE,
        /** Its rows go away. */
        TRUNCATE,
        /** It has other columns now: it is dropped, and created as it was. */
        RECREATE
    }

    /**
     * What one node gets.
     *
     * @param sources nodes of the backup
     * @param inPlace whether the node takes its own data back
     * @param seed whether others wait for it when they start
     * @param sstables that it takes in; 0 where the method does not choose among them
     * @param bytes of what it gets
     */
    public record Move(
            List<NodeName> sources, NodeName target, boolean inPlace, boolean seed, int sstables, long bytes) {}

    /** What all nodes get together, in bytes. */
    public long bytes() {
        return moves.stream().mapToLong(Move::bytes).sum();
    }
}
