package io.medusa.restore;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A query that a restored node must answer as expected (docs/compatibility.md 17.6).
 *
 * @param query CQL, or empty for none
 * @param expectedRows 0 for any number
 * @param expectedResult the first row's values joined by commas, or empty for any
 */
public record RestoreCheck(String query, int expectedRows, String expectedResult) {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreCheck.class);

    /**
     * Runs the query on a node.
     *
     * @throws MedusaException if the answer is another
     */
    public void run(CassandraSchema cassandra) {
        if (query.isEmpty()) {
            return;
        }
        CassandraSchema.Answer answer = cassandra.query(query);
        if (expectedRows != 0 && answer.rows() != expectedRows) {
            throw failed("gave " + answer.rows() + " rows instead of " + expectedRows);
        }
        if (!expectedResult.isEmpty() && !answer.firstRow().equals(expectedResult)) {
            throw failed("gave '" + answer.firstRow() + "' instead of '" + expectedResult + "'");
        }
        LOG.info("Verified the query of [checks] on the restored node");
    }

    private MedusaException failed(String how) {
        return new MedusaException(
                FailureKind.CASSANDRA_FAILED, "the query of [checks] " + how + " after the restore: " + query);
    }
}
