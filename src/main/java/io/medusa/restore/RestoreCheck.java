package io.medusa.restore;

import io.medusa.cassandra.CassandraSchema;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a restored node must answer (docs/compatibility.md 17.6).
 *
 * @param query CQL, or empty for none
 * @param expectedRows 0 for any number
 * @param expectedResult the first row's values joined by commas, or empty for any
 */
public record RestoreCheck(String query, int expectedRows, String expectedResult) {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreCheck.class);

    /**
     * Asks a node.
     *
     * @throws MedusaException if it answers otherwise
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
        LOG.info("The restored node answers the query of [checks] as expected");
    }

    private MedusaException failed(String how) {
        return new MedusaException(
                FailureKind.CASSANDRA_FAILED, "the query of [checks] " + how + " after the restore: " + query);
    }
}
