package io.medusa.cassandra;

import java.util.List;

/** Follows the steps of a schema change. */
public interface SchemaProgress {
    /** A step is done, or there was nothing to do. */
    void done(SchemaStep step, List<SchemaStep> remaining);

    /** Cassandra refuses a step: it would be refused again. The change ends here. */
    void refused(SchemaStep step, List<SchemaStep> remaining);
}
