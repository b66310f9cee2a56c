package io.medusa.cassandra.process;

import io.medusa.cassandra.CassandraYaml;
import io.medusa.os.FileSystems;
import io.medusa.os.Processes;
import io.medusa.os.Processes.OpenFile;
import io.medusa.os.Processes.Running;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Finds the node's processes on this machine from the outside: by the files that they have open below its
 * directories, and by their command lines. Only this counts as proof that a node is down.
 *
 * <p>A process uses a directory if it has a file below it open for writing, or any file and is Cassandra: a mere reader (another
 * backup, a pager) is harmless. Only root can see the files of other users' processes; without root, a Cassandra whose
 * command line does not identify it as another node counts.
 */
final class CassandraProcesses {
    private static final List<String> MAIN_CLASSES = List.of("CassandraDaemon", "com.datastax.bdp.DseModule");

    private static final List<String> CLASS_PATH = List.of("-cp", "-classpath", "--class-path");

    private final CassandraYaml yaml;
    private final boolean sudoAllowed;

    /** @param sudoAllowed whether sudo may be used to list the open files of other users' processes */
    CassandraProcesses(CassandraYaml yaml, boolean sudoAllowed) {
        this.yaml = yaml;
        this.sudoAllowed = sudoAllowed;
    }

    /** The process that uses any of these directories, if there is one. */
    Optional<Running> using(Collection<Path> directories) {
        List<Path> real = directories.stream().map(FileSystems::real).toList();
        List<Running> all = Processes.all();
        Optional<Running> own = all.stream()
                .filter(process -> isCassandra(process) && uses(process, real))
                .findFirst();
        return own.isPresent()
                ? own
                : all.stream()
                        .filter(process -> !isCassandra(process) && writes(process, real))
                        .findFirst();
    }

    /** The node's own process, also found by its command line: it has no open files for the first seconds. */
    Optional<Running> node() {
        List<Running> cassandras =
                Processes.all().stream().filter(CassandraProcesses::isCassandra).toList();
        List<Path> real =
                yaml.allDataDirectories().stream().map(FileSystems::real).toList();
        return cassandras.stream()
                .filter(process -> namesOurFile(process) || opensBelow(process, real))
                .findFirst();
    }

    private boolean opensBelow(Running process, List<Path> directories) {
        return Processes.openFiles(process.pid(), sudoAllowed).orElse(List.of()).stream()
                .anyMatch(file -> isBelow(file, directories));
    }

    private boolean uses(Running process, List<Path> directories) {
        Optional<List<OpenFile>> files = Processes.openFiles(process.pid(), sudoAllowed);
        // a process that was just started has no open files yet
        return namesOurFile(process)
                || (files.isPresent()
                        ? files.get().stream().anyMatch(file -> isBelow(file, directories))
                        : settings(process).isEmpty());
    }

    private static boolean writes(Running process, List<Path> directories) {
        return Processes.openFiles(process.pid(), false).orElse(List.of()).stream()
                .anyMatch(file -> file.forWriting() && isBelow(file, directories));
    }

    private static boolean isBelow(OpenFile file, List<Path> directories) {
        return directories.stream().anyMatch(file.path()::startsWith);
    }

    static boolean isCassandra(Running process) {
        return process.arguments().stream().anyMatch(argument -> MAIN_CLASSES.stream()
                .anyMatch(name -> argument.equals(name) || argument.endsWith("." + name)));
    }

    /** Whether it was started with our cassandra.yaml. */
    private boolean namesOurFile(Running process) {
        return settings(process)
                .map(file -> FileSystems.real(file).equals(FileSystems.real(yaml.file())))
                .orElse(false);
    }

    /** The cassandra.yaml that its command line names, or the first one of its class path, as Cassandra itself searches. */
    private static Optional<Path> settings(Running process) {
        Optional<Path> config = config(process);
        if (config.isPresent()) {
            return config;
        }
        List<String> arguments = process.arguments();
        for (int i = 0; i + 1 < arguments.size(); i++) {
            if (CLASS_PATH.contains(arguments.get(i))) {
                return Arrays.stream(arguments.get(i + 1).split(":", -1))
                        .flatMap(entry -> path(entry).stream())
                        .map(entry -> entry.resolve("cassandra.yaml"))
                        .filter(Files::exists)
                        .findFirst();
            }
        }
        return Optional.empty();
    }

    private static Optional<Path> config(Running process) {
        return process.property("cassandra.config").flatMap(value -> {
            try {
                URI uri = URI.create(value);
                return "file".equals(uri.getScheme()) ? path(uri.getPath()) : path(value);
            } catch (IllegalArgumentException noUri) {
                return path(value);
            }
        });
    }

    private static Optional<Path> path(String text) {
        try {
            Path path = Path.of(text);
            return path.isAbsolute() ? Optional.of(path) : Optional.empty();
        } catch (InvalidPathException none) {
            return Optional.empty();
        }
    }
}
