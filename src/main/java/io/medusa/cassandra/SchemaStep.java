package io.medusa.cassandra;

import io.medusa.model.TableName;
import java.util.Optional;

/**
 * One statement of a change of the schema that takes several.
 *
 * @param table that it belongs to
 * @param id of that table, 32 hex digits, where the statement must be kept from another table of the name
 */
public record SchemaStep(TableName table, Optional<String> id, String cql) {}
