package io.medusa.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The replication of a keyspace.
 *
 * @param perDatacenter replicas by datacenter; for {@code SimpleStrategy} one entry with an empty name; empty for local keyspaces
 */
public record Replication(Map<String, Integer> perDatacenter) {
    private static final String EVERYWHERE = "";
    private static final Pattern OPTION = Pattern.compile("'((?:[^']|'')*)'\\s*:\\s*'?([^',}]*)'?");

    public Replication {
        perDatacenter = Collections.unmodifiableMap(new TreeMap<>(perDatacenter));
    }

    /** Parses a map of options in CQL, such as {@code {'class': 'SimpleStrategy', 'replication_factor': 1}}. */
    public static Replication parse(String literal) {
        Map<String, String> options = new LinkedHashMap<>();
        Matcher option = OPTION.matcher(literal);
        while (option.find()) {
            options.put(option.group(1).replace("''", "'"), option.group(2));
        }
        return of(options);
    }

    /** The map of options in CQL. */
    public String cql() {
        if (isSimple()) {
            return "{'class': 'SimpleStrategy', 'replication_factor': " + in(EVERYWHERE) + "}";
        }
        return perDatacenter.entrySet().stream()
                .map(entry -> "'" + entry.getKey().replace("'", "''") + "': " + entry.getValue())
                .collect(Collectors.joining(", ", "{'class': 'NetworkTopologyStrategy', ", "}"));
    }

    /** Reads the options of a {@code CREATE KEYSPACE}, including its class. */
    public static Replication of(Map<String, String> options) {
        Map<String, Integer> factors = new LinkedHashMap<>();
        String strategy = options.getOrDefault("class", "");
        options.forEach((option, value) -> {
            if (option.equals("replication_factor")) {
                factors.put(EVERYWHERE, number(value));
            } else if (!option.equals("class") && strategy.endsWith("NetworkTopologyStrategy")) {
                factors.put(option, number(value));
            }
        });
        return new Replication(factors);
    }

    /** The first number of a factor with transient replicas, such as {@code 3/1}. */
    private static int number(String factor) {
        String digits = factor.strip().replaceFirst("/.*", "");
        return digits.matches("[0-9]{1,6}") ? Integer.parseInt(digits) : 0;
    }

    /** Whether replicas are placed without regard to datacenters and racks. */
    public boolean isSimple() {
        return perDatacenter.containsKey(EVERYWHERE);
    }

    /** The same with datacenters renamed; those missing from {@code names} keep their name. */
    public Replication renamed(Map<String, String> names) {
        Map<String, Integer> renamed = new TreeMap<>();
        perDatacenter.forEach((name, factor) -> renamed.put(names.getOrDefault(name, name), factor));
        return new Replication(renamed);
    }

    /** The number of replicas in a datacenter; for {@code SimpleStrategy} the number in the cluster. */
    public int in(String datacenter) {
        return isSimple() ? perDatacenter.getOrDefault(EVERYWHERE, 0) : perDatacenter.getOrDefault(datacenter, 0);
    }
}
