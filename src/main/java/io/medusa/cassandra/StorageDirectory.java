package io.medusa.cassandra;

import io.medusa.os.FileSystems;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds the directory that a stopped node's unnamed directories are in: Cassandra takes them from its property
 * {@code cassandra.storagedir} (its {@code DatabaseDescriptor.storagedir}), which its start script sets.
 *
 * <p>An option in the files beside {@code cassandra.yaml} is trusted. The value in a start script, or its default
 * ({@code $CASSANDRA_HOME/data}; {@code /var/lib/cassandra} where a package has put the file below {@code /etc/cassandra}), is
 * trusted only if a data directory that the file names is below it. Every unnamed directory must exist there, unless the node
 * has no tables yet. Two different answers count as unknown.
 */
public final class StorageDirectory {
    private static final Pattern OPTION = Pattern.compile("-Dcassandra\\.storagedir=[\"']?([^\\s\"']+)");
    private static final Pattern ASSIGNMENT = Pattern.compile("^\\s*cassandra_storagedir=[\"']?([^\\s\"'#]+)");
    private static final Path PACKAGED_SETTINGS = Path.of("/etc/cassandra");
    private static final Path PACKAGED_HOME = Path.of("/usr/share/cassandra");
    private static final Path PACKAGED_STORAGE = Path.of("/var/lib/cassandra");

    private final CassandraYaml yaml;
    private final Map<String, String> environment;

    /** @param environment of this process: {@code CASSANDRA_HOME} may be in it */
    public StorageDirectory(CassandraYaml yaml, Map<String, String> environment) {
        this.yaml = yaml;
        this.environment = environment;
    }

    /** The directory, if there is exactly one that fits. */
    public Optional<Path> find() {
        Set<Path> fitting = new LinkedHashSet<>();
        options().filter(this::holdsTheUnnamed).forEach(fitting::add);
        if (fitting.isEmpty()) {
            defaults().stream()
                    .filter(storage -> holdsTheUnnamed(storage) && holdsData(storage))
                    .forEach(fitting::add);
        }
        return fitting.size() == 1 ? fitting.stream().findFirst() : Optional.empty();
    }

    /** Directories in which Cassandra may be installed; the class path of its start script is made of their jars. */
    List<Path> homes() {
        Set<Path> homes = new LinkedHashSet<>();
        path(environment.getOrDefault("CASSANDRA_HOME", "")).ifPresent(homes::add);
        Path above = settings().getParent();
        if (above != null) {
            homes.add(above);
        }
        if (settings().startsWith(PACKAGED_SETTINGS)) {
            homes.add(PACKAGED_HOME);
        }
        return homes.stream().filter(Files::isDirectory).toList();
    }

    private Path settings() {
        return Objects.requireNonNull(yaml.file().toAbsolutePath().normalize().getParent());
    }

    private boolean holdsTheUnnamed(Path storage) {
        return hasNoTables(storage)
                || yaml.unnamed().stream().allMatch(name -> Files.isDirectory(storage.resolve(name)));
    }

    private boolean hasNoTables(Path storage) {
        List<Path> data = yaml.dataDirectories().isEmpty()
                ? List.of(storage.resolve(CassandraYaml.DATA))
                : yaml.dataDirectories();
        return data.stream().allMatch(StorageDirectory::isEmpty);
    }

    private static boolean isEmpty(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.noneMatch(KeyspaceDirectories::canBe);
        } catch (IOException absent) {
            return false;
        }
    }

    private boolean holdsData(Path storage) {
        return yaml.unnamed().contains(CassandraYaml.DATA)
                || yaml.dataDirectories().stream()
                        .anyMatch(data -> FileSystems.real(data).startsWith(FileSystems.real(storage)));
    }

    private Stream<Path> options() {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> entries = Files.list(settings())) {
            entries.filter(file -> {
                        String name = String.valueOf(file.getFileName());
                        return name.equals("cassandra-env.sh") || name.matches("jvm[a-z0-9-]*\\.options");
                    })
                    .forEach(files::add);
        } catch (IOException unreadable) {
            return Stream.empty();
        }
        return files.stream().flatMap(file -> values(file, OPTION).stream());
    }

    private List<Path> defaults() {
        List<Path> found = new ArrayList<>();
        for (Path home : homes()) {
            List<Path> assigned = Stream.of(home.resolve("bin/cassandra.in.sh"), home.resolve("cassandra.in.sh"))
                    .flatMap(script -> values(script, ASSIGNMENT).stream())
                    .toList();
            found.addAll(assigned.isEmpty() ? List.of(home.resolve("data")) : assigned);
        }
        if (settings().startsWith(PACKAGED_SETTINGS)) {
            found.add(PACKAGED_STORAGE);
        }
        return found;
    }

    /** The matches of a pattern outside comment lines. */
    private static List<Path> values(Path file, Pattern pattern) {
        List<Path> values = new ArrayList<>();
        if (!Files.isReadable(file)) {
            return values;
        }
        Path home = String.valueOf(file.toAbsolutePath().getParent()).endsWith("bin")
                ? Objects.requireNonNull(
                        Objects.requireNonNull(file.toAbsolutePath().getParent())
                                .getParent())
                : Objects.requireNonNull(file.toAbsolutePath().getParent());
        try {
            for (String line : Files.readAllLines(file)) {
                Matcher matcher = pattern.matcher(line);
                if (!line.strip().startsWith("#") && matcher.find()) {
                    path(matcher.group(1)
                                    .replace("${CASSANDRA_HOME}", home.toString())
                                    .replace("$CASSANDRA_HOME", home.toString()))
                            .ifPresent(values::add);
                }
            }
        } catch (IOException notText) {
            return List.of();
        }
        return values;
    }

    private static Optional<Path> path(String text) {
        try {
            // a relative path, or one with other variables, cannot be resolved
            return text.startsWith("/") && !text.contains("$") ? Optional.of(Path.of(text)) : Optional.empty();
        } catch (InvalidPathException none) {
            return Optional.empty();
        }
    }
}
