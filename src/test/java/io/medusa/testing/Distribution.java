package io.medusa.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.opentest4j.TestAbortedException;

/**
 * A version of Cassandra and the Java that it runs on: its jars, the options that it needs there, and its spelling of
 * {@code cassandra.yaml}. {@code dev/cassandra/fetch} fetches them.
 *
 * @param version such as {@code 4.1.10}
 * @param lib its jars
 * @param java8 the home of a Java 8; empty for the Java of the tests
 */
public record Distribution(String version, Path lib, Optional<Path> java8) {
    private static final Path TARGET = Path.of("").toAbsolutePath().resolve("target");

    /** The one that most tests use. */
    public static final Distribution DEFAULT =
            new Distribution("5.0.9", TARGET.resolve("cassandra/lib"), Optional.empty());

    /** All others that are supported. */
    private static final String ALL = "3.0.31,3.11.19,4.0.19,4.1.10,4.1.10/8,5.0.0,6.0-alpha2";

    /** Settings that 4.1 has renamed; the older versions know the old names only. */
    private static final Map<String, String> BEFORE_4_1 = Map.of(
            "commitlog_sync_period: 10000ms", "commitlog_sync_period_in_ms: 10000",
            "memtable_heap_space: 32MiB", "memtable_heap_space_in_mb: 32",
            "memtable_offheap_space: 32MiB", "memtable_offheap_space_in_mb: 32",
            "commitlog_segment_size: 4MiB", "commitlog_segment_size_in_mb: 4",
            "commitlog_total_space: 64MiB", "commitlog_total_space_in_mb: 64",
            "user_defined_functions_enabled:", "enable_user_defined_functions:",
            "materialized_views_enabled:", "enable_materialized_views:",
            "sasi_indexes_enabled:", "enable_sasi_indexes:",
            "drop_compact_storage_enabled:", "enable_drop_compact_storage:");

    /**
     * The distribution of that name, fetched if it is not there.
     *
     * @param name a version, or {@code VERSION/8} for that version on Java 8, where 3.x always runs
     */
    public static Distribution of(String name) throws IOException, InterruptedException {
        String version = name.replaceFirst("/8$", "");
        if (name.equals(DEFAULT.version())) {
            return DEFAULT;
        }
        fetch(version);
        boolean onJava8 = !version.equals(name) || version.startsWith("3.");
        return new Distribution(
                version,
                TARGET.resolve("cassandra-" + version + "/lib"),
                onJava8 ? Optional.of(homeOfJava8()) : Optional.empty());
    }

    /** The names that {@code -Dmedusa.cassandra} lists, {@code all} for all; one version if it is not set. */
    public static List<String> asked() {
        String names = System.getProperty("medusa.cassandra", "4.1.10");
        return List.of((names.equals("all") ? ALL : names).split(",", -1));
    }

    /** Skips a test that needs several versions, unless they are asked for; in CI, they must be. */
    public static void requireAsked(List<String> names) {
        if (!asked().containsAll(names)) {
            String why = "needs -Dmedusa.cassandra=" + String.join(",", names);
            if (System.getenv("CI") != null) {
                throw new AssertionError(why);
            }
            throw new TestAbortedException(why);
        }
    }

    /** Of Debian's packages; a test that needs it is skipped where there are none, except in CI. */
    private static Path homeOfJava8() throws IOException, InterruptedException {
        try {
            return Path.of(fetch("java8"));
        } catch (AssertionError none) {
            if (System.getenv("CI") != null) {
                throw none;
            }
            throw new TestAbortedException("no Java 8 for it on this machine: see dev/cassandra/java8", none);
        }
    }

    private static String fetch(String what) throws IOException, InterruptedException {
        Path out = Files.createTempFile("fetch", ".log");
        Process process = new ProcessBuilder("dev/cassandra/fetch", what)
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        if (process.waitFor() != 0) {
            throw new AssertionError("dev/cassandra/fetch " + what + " failed");
        }
        return Files.readString(out).strip();
    }

    /** Whether it is this version or a later one. */
    public boolean atLeast(int major, int minor) {
        String[] parts = version.split("[.-]", 3);
        int ownMajor = Integer.parseInt(parts[0]);
        return ownMajor > major || (ownMajor == major && Integer.parseInt(parts[1]) >= minor);
    }

    /** These settings in its spelling. */
    String spelled(String yaml) {
        String text = yaml;
        if (!atLeast(4, 1)) {
            for (Map.Entry<String, String> name : BEFORE_4_1.entrySet()) {
                text = text.replace(name.getKey(), name.getValue());
            }
        }
        if (!atLeast(4, 0)) {
            text = text.replaceAll("(seeds: \"[^:\"]*):\\d+\"", "$1\"") + "start_rpc: false\n";
        }
        return text;
    }

    /** Lines of a node's {@code settings} file. */
    String settings(String jvmOptions) throws IOException {
        StringBuilder options = new StringBuilder();
        if (!this.equals(DEFAULT)) {
            // else every start of a version before 5.0 measures a memtable of 100,000 rows for seconds
            options.append("-Dcassandra.memtable_row_overhead_computation_step=1000 ");
            try (var jars = Files.newDirectoryStream(lib, "jamm-*.jar")) {
                jars.forEach(jar -> options.append("-javaagent:").append(jar).append(' '));
            }
            if (java8.isEmpty()) {
                options.append(
                        "-Djava.security.manager=allow --add-opens=java.base/java.util.concurrent=ALL-UNNAMED"
                                + " --add-opens=java.base/java.util.concurrent.atomic=ALL-UNNAMED --add-opens=java.base/java.nio=ALL-UNNAMED ");
            }
        }
        options.append(jvmOptions);
        return "LIB=\"" + lib + "\"\n"
                + java8.map(home -> "JAVA_8=\"" + home + "\"\n").orElse("")
                + "JVM_OPTIONS=\"" + options + "\"\n";
    }
}
