package io.medusa.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * How a keyspace is replicated.
 *
 * @param perDatacenter replicas by datacenter; for {@code SimpleStrategy} one entry with an empty name; empty for keyspaces that
 *     each node keeps for itself
 */
public record Replication(Map<String, Integer> perDatacenter) {
    private static final String EVERYWHERE = "";
    private static final Pattern OPTION = Pattern.compile("'((?:[^']|'')*)'\\s*:\\s*'?([^',}]*)'?");

    public Replication {
        perDatacenter = Collections.unmodifiableMap(new TreeMap<>(perDatacenter));
    }

    /** From a map of options as CQL writes it, such as {@code {'class': 'SimpleStrategy', 'replication_factor': 1}}. */
    public static Replication parse(String literal) {
        Map<String, String> options = new LinkedHashMap<>();
        Matcher option = OPTION.matcher(literal);
        while (option.find()) {
            options.put(option.group(1).replace("''", "'"), option.group(2));
        }
        return of(options);
    }

    /** The map of options. */
    public String cql() {
        if (isSimple()) {
            return "{'class': 'SimpleStrategy', 'replication_factor': " + in(EVERYWHERE) + "}";
        }
        return perDatacenter.entrySet().stream()
                .map(entry -> "'" + entry.getKey().replace("'", "''") + "': " + entry.getValue())
                .collect(Collectors.joining(", ", "{'class': 'NetworkTopologyStrategy', ", "}"));
    }

    /** From the options of a {@code CREATE KEYSPACE}, its class among them. */
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

    /** Of {@code 3/1}, a factor with transient replicas, the first number. */
    private static int number(String factor) {
        String digits = factor.strip().replaceFirst("/.*", "");
        return digits.matches("[0-9]{1,6}") ? Integer.parseInt(digits) : 0;
    }

    /** Whether the ring is taken as one, without regard to datacenters and racks. */
    public boolean isSimple() {
        return perDatacenter.containsKey(EVERYWHERE);
    }

    /** The same with other names of datacenters; those that {@code names} lacks stay. */
    public Replication renamed(Map<String, String> names) {
        Map<String, Integer> renamed = new TreeMap<>();
        perDatacenter.forEach((name, factor) -> renamed.put(names.getOrDefault(name, name), factor));
        return new Replication(renamed);
    }

    /** Replicas in a datacenter, or for {@code SimpleStrategy} in all. */
    public int in(String datacenter) {
        return isSimple() ? perDatacenter.getOrDefault(EVERYWHERE, 0) : perDatacenter.getOrDefault(datacenter, 0);
    }
}
