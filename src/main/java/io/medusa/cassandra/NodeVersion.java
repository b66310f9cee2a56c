package io.medusa.cassandra;

import io.medusa.cassandra.NodeMemory.Remembered;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The Cassandra version of a node: from the running node; for a stopped one from its jar ({@code apache-cassandra-5.0.9.jar}), or
 * as it reported when it last ran.
 */
public final class NodeVersion {
    private static final Pattern JAR = Pattern.compile("apache-cassandra-(\\d+\\.\\d+[0-9A-Za-z.~-]*)\\.jar");

    private NodeVersion() {}

    /**
     * The version, if it can be found.
     *
     * @param environment of this process
     */
    public static Optional<String> of(CassandraYaml yaml, CassandraService service, Map<String, String> environment) {
        return service.identity()
                .map(CassandraService.Identity::releaseVersion)
                .or(() -> installed(new StorageDirectory(yaml, environment)))
                .or(() -> NodeMemory.of(yaml)
                        .flatMap(NodeMemory::read)
                        .map(Remembered::identity)
                        .map(CassandraService.Identity::releaseVersion))
                .filter(version -> Release.of(version).isPresent());
    }

    private static Optional<String> installed(StorageDirectory installation) {
        Set<String> versions = installation.homes().stream()
                .flatMap(home -> Stream.of(home, home.resolve("lib")))
                .flatMap(NodeVersion::jars)
                .collect(Collectors.toSet());
        return versions.size() == 1 ? versions.stream().findFirst() : Optional.empty();
    }

    private static Stream<String> jars(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries
                    .map(entry -> JAR.matcher(String.valueOf(entry.getFileName())))
                    .filter(Matcher::matches)
                    .map(matcher -> matcher.group(1))
                    .toList()
                    .stream();
        } catch (IOException none) {
            return Stream.empty();
        }
    }
}
