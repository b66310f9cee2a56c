package io.medusa.restore;

import io.medusa.cassandra.CassandraService;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.TableName;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Rebuilds secondary indexes of a restored node, each one once. */
final class IndexRebuild {
    private static final Logger LOG = LoggerFactory.getLogger(IndexRebuild.class);

    /** Cassandra's message. */
    private static final String IN_PROGRESS = "another index build for the same index is currently in progress";

    private static final Duration BETWEEN_LOOKS = Duration.ofSeconds(5);

    private final CassandraService service;
    private final Set<String> rebuilt = new HashSet<>();

    IndexRebuild(CassandraService service) {
        this.service = service;
    }

    /** Cassandra itself starts to build an index that it knows to be unbuilt, and refuses another build meanwhile. */
    void of(TableName table, String index) {
        if (rebuilt.contains(table + "." + index)) {
            return;
        }
        while (true) {
            try {
                service.rebuildIndex(table.keyspace(), table.table(), index);
                rebuilt.add(table + "." + index);
                return;
            } catch (MedusaException failed) {
                if (!String.valueOf(failed.getMessage()).contains(IN_PROGRESS)) {
                    throw failed;
                }
                LOG.info("Waiting for Cassandra, which is already building index {} of {}", index, table);
                Failures.pause(BETWEEN_LOOKS);
            }
        }
    }
}
