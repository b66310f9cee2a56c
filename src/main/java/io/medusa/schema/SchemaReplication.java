package io.medusa.schema;

import io.medusa.model.Replication;
import io.medusa.schema.SchemaStatement.Kind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the replication of keyspaces from the CQL of a schema. */
final class SchemaReplication {
    private static final Pattern MAP =
            Pattern.compile("\\breplication\\s*=\\s*\\{([^}]*)\\}", Pattern.CASE_INSENSITIVE);

    private SchemaReplication() {}

    /** By keyspace, without node-local and virtual keyspaces. */
    static Map<String, Replication> read(List<SchemaStatement> schema) {
        Map<String, Replication> keyspaces = new HashMap<>();
        for (SchemaStatement statement : schema) {
            Replication replication = of(statement.cql());
            if (statement.kind() == Kind.KEYSPACE
                    && !replication.perDatacenter().isEmpty()) {
                keyspaces.put(statement.keyspace(), replication);
            }
        }
        return keyspaces;
    }

    /** Of one {@code CREATE KEYSPACE}. */
    static Replication of(String createKeyspace) {
        Matcher map = MAP.matcher(createKeyspace);
        return Replication.parse(map.find() ? map.group(1) : "");
    }

    /** The same schema with the replication of these keyspaces replaced; an empty name stands for all others. */
    static String replaced(String schema, Map<String, Replication> keyspaces) {
        StringBuilder result = new StringBuilder();
        for (String cql : CqlScript.statements(schema)) {
            Replication instead = SchemaStatement.of(cql)
                    .filter(statement -> statement.kind() == Kind.KEYSPACE)
                    .map(statement ->
                            keyspaces.get(keyspaces.containsKey(statement.keyspace()) ? statement.keyspace() : ""))
                    .orElse(null);
            result.append(
                            instead == null
                                    ? cql
                                    : MAP.matcher(cql)
                                            .replaceFirst(Matcher.quoteReplacement("replication = " + instead.cql())))
                    .append(";\n");
        }
        return result.toString();
    }
}
