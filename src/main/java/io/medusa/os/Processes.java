package io.medusa.os;

import io.medusa.error.MedusaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The processes of this machine, their arguments and open files, from Linux's {@code /proc}. Empty on other systems. A process that
 * ends during the inspection has no arguments and no files.
 */
public final class Processes {
    private static final Path PROC = Path.of("/proc");
    private static final int ACCESS_MODE = 3;

    private Processes() {}

    /**
     * One process.
     *
     * @param arguments the program and its arguments; empty for a kernel thread or a zombie
     */
    public record Running(long pid, List<String> arguments) {
        public Running {
            arguments = List.copyOf(arguments);
        }

        /** The value of {@code -Dname=value} among the arguments; the last one wins, as in Java. */
        public Optional<String> property(String name) {
            String prefix = "-D" + name + "=";
            return arguments.stream()
                    .filter(argument -> argument.startsWith(prefix))
                    .reduce((first, last) -> last)
                    .map(argument -> argument.substring(prefix.length()));
        }
    }

    /** An open file. */
    public record OpenFile(Path path, boolean forWriting) {}

    /** All processes except this one. */
    public static List<Running> all() {
        List<Running> all = new ArrayList<>();
        long self = ProcessHandle.current().pid();
        for (Path directory : entries(PROC)) {
            String name = String.valueOf(directory.getFileName());
            if (name.chars().allMatch(Character::isDigit) && Long.parseLong(name) != self) {
                all.add(new Running(Long.parseLong(name), arguments(directory)));
            }
        }
        return all;
    }

    /** One of them, if it exists. */
    public static Optional<Running> find(long pid) {
        Path process = PROC.resolve(String.valueOf(pid));
        return Files.isDirectory(process) ? Optional.of(new Running(pid, arguments(process))) : Optional.empty();
    }

    /**
     * A file or directory as another process sees it, which may run in another container or have a {@code /tmp} of its own.
     *
     * @return its path in this process's file system; below a missing directory if this user may not look into that process
     */
    public static Path seenBy(long pid, Path absolute) {
        return PROC.resolve(pid + "/root").resolve(Path.of("/").relativize(absolute));
    }

    private static List<String> arguments(Path process) {
        try {
            String line = new String(Files.readAllBytes(process.resolve("cmdline")), StandardCharsets.UTF_8);
            return line.isEmpty() ? List.of() : Arrays.asList(line.split("\0"));
        } catch (IOException ended) {
            return List.of();
        }
    }

    /**
     * The open files of a process.
     *
     * @param sudoAllowed whether sudo may be used to inspect another user's process
     * @return empty if this user lacks the permission
     */
    public static Optional<List<OpenFile>> openFiles(long pid, boolean sudoAllowed) {
        Path descriptors = PROC.resolve(String.valueOf(pid)).resolve("fd");
        if (!Files.exists(descriptors)) {
            return Optional.of(List.of());
        }
        if (!Files.isReadable(descriptors) || !Files.isExecutable(descriptors)) {
            return sudoAllowed ? bySudo(descriptors) : Optional.empty();
        }
        List<OpenFile> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(descriptors)) {
            for (Path descriptor : entries) {
                target(descriptor).ifPresent(path -> files.add(new OpenFile(path, isForWriting(descriptor))));
            }
        } catch (IOException | DirectoryIteratorException denied) {
            if (Files.exists(descriptors)) {
                return sudoAllowed ? bySudo(descriptors) : Optional.empty();
            }
        }
        return Optional.of(files);
    }

    /** Cannot tell the mode, so all files count as open for writing. */
    private static Optional<List<OpenFile>> bySudo(Path descriptors) {
        try {
            return Optional.of(Sudo.output(List.of("find", descriptors.toString(), "-type", "l", "-printf", "%l\\n"))
                    .lines()
                    .filter(line -> line.startsWith("/"))
                    .map(line -> new OpenFile(Path.of(line), true))
                    .toList());
        } catch (MedusaException refused) {
            return Files.exists(descriptors) ? Optional.empty() : Optional.of(List.of());
        }
    }

    private static Optional<Path> target(Path descriptor) {
        try {
            Path path = Files.readSymbolicLink(descriptor);
            return path.isAbsolute() ? Optional.of(path) : Optional.empty();
        } catch (IOException | InvalidPathException closed) {
            return Optional.empty();
        }
    }

    private static boolean isForWriting(Path descriptor) {
        Path information = descriptor.resolveSibling("../fdinfo").resolve(String.valueOf(descriptor.getFileName()));
        try {
            for (String line : Files.readAllLines(information)) {
                if (line.startsWith("flags:")) {
                    String octal = line.substring("flags:".length()).strip();
                    return (Long.parseLong(octal, Byte.SIZE) & ACCESS_MODE) != 0;
                }
            }
        } catch (IOException | NumberFormatException unknown) {
            // not ruled out
        }
        return true;
    }

    /** The names of a process's threads, of at most 15 characters each. */
    public static Set<String> threads(long pid) {
        Set<String> names = new HashSet<>();
        for (Path thread : entries(PROC.resolve(String.valueOf(pid)).resolve("task"))) {
            try {
                names.add(Files.readString(thread.resolve("comm")).strip());
            } catch (IOException ended) {
                // the thread has ended
            }
        }
        return names;
    }

    /** Whether the process is running; a zombie, which only waits for its parent, is not. */
    public static boolean isAlive(long pid) {
        Path status = PROC.resolve(String.valueOf(pid)).resolve("stat");
        try {
            String text = Files.readString(status);
            String afterName = text.substring(text.lastIndexOf(')') + 1).strip();
            return !afterName.startsWith("Z") && !afterName.startsWith("X");
        } catch (IOException notLinuxOrEnded) {
            return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false);
        }
    }

    private static List<Path> entries(Path directory) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(found::add);
        } catch (IOException | DirectoryIteratorException none) {
            return found;
        }
        return found;
    }
}
