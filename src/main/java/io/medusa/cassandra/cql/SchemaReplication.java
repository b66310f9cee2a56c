package io.medusa.cassandra.cql;

import io.medusa.cassandra.cql.SchemaStatement.Kind;
import io.medusa.model.Replication;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads from the CQL of a schema how its keyspaces are replicated. */
public final class SchemaReplication {
    private static final Pattern MAP =
            Pattern.compile("\\breplication\\s*=\\s*\\{([^}]*)\\}", Pattern.CASE_INSENSITIVE);
    private static final Pattern OPTION = Pattern.compile("'((?:[^']|'')*)'\\s*:\\s*'?([^',}]*)'?");

    private SchemaReplication() {}

    /** By keyspace; those that every node keeps for itself, and virtual ones, are left out. */
    public static Map<String, Replication> read(String schema) {
        Map<String, Replication> keyspaces = new HashMap<>();
        for (String cql : CqlScript.statements(schema)) {
            SchemaStatement.of(cql)
                    .filter(statement -> statement.kind() == Kind.KEYSPACE)
                    .ifPresent(statement -> {
                        Replication replication = of(statement.cql());
                        if (!replication.perDatacenter().isEmpty()) {
                            keyspaces.put(statement.keyspace(), replication);
                        }
                    });
        }
        return keyspaces;
    }

    /** Of one {@code CREATE KEYSPACE}, or of a bare map of options. */
    static Replication of(String createKeyspace) {
        Matcher map = MAP.matcher(createKeyspace);
        Map<String, String> options = new HashMap<>();
        Matcher option = OPTION.matcher(map.find() ? map.group(1) : createKeyspace);
        while (option.find()) {
            options.put(option.group(1).replace("''", "'"), option.group(2));
        }
        return Replication.of(options);
    }
}
