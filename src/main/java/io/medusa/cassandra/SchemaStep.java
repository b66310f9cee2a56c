package io.medusa.cassandra;

import io.medusa.model.TableName;
import java.util.Optional;

/**
 * One statement of a schema change in several steps.
 *
 * @param table that it belongs to
 * @param id of that table, 32 hex digits, if the statement must not run on another table of the same name
 */
public record SchemaStep(TableName table, Optional<String> id, String cql) {}
