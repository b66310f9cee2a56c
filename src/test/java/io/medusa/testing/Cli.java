package io.medusa.testing;

import io.medusa.cassandra.CassandraNode;
import io.medusa.cli.MedusaCommand;
import io.medusa.cli.terminal.Console;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import picocli.CommandLine;

/** Runs the command line object in this process, and keeps what it prints. */
public final class Cli {
    /** Locks and markers of this process's commands, so that test processes side by side do not meet. */
    private static final String TEMPORARY = newDirectory();

    private final List<String> before = new ArrayList<>();
    private final Map<String, String> environment = new HashMap<>(Map.of("TMPDIR", TEMPORARY));
    private Supplier<CassandraNode> node;
    private Console console = Console.none();

    private static String newDirectory() {
        try {
            Path directory = Files.createTempDirectory("medusa-cli");
            directory.toFile().deleteOnExit();
            return directory.toString();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    /** Without a configuration file. */
    public Cli() {}

    /** With a configuration file on every command line. */
    public Cli(Path config) {
        before.add("--config-file");
        before.add(config.toString());
    }

    /** With a variable in the environment. */
    public Cli with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /** With this node instead of the one that the configuration describes. */
    public Cli onNode(Supplier<CassandraNode> other) {
        node = other;
        return this;
    }

    /** At a terminal, so that it asks; what it reads is standard input. */
    public Cli atTerminal() {
        console = Console.plain();
        return this;
    }

    /** What a command did; logs are in {@code err}. */
    public record Result(int status, String out, String err) {
        /** The last line on stderr, without its time, and without the pointer to the help. */
        public String lastError() {
            List<String> lines = err.strip()
                    .lines()
                    .filter(line -> !line.startsWith("Try 'medusa"))
                    .toList();
            return lines.isEmpty() ? "" : lines.get(lines.size() - 1).replaceFirst("^\\[[-0-9]+ [0-9:,]+\\] ", "");
        }

        /** Fails unless the status is 0. */
        public Result ok() {
            if (status != 0) {
                throw new AssertionError("status " + status + "\n" + out + "\n" + err);
            }
            return this;
        }
    }

    /** Whatever a test asks for, what it gets as JSON is as documented. */
    private static void checkJson(String[] arguments, String printed) {
        List<String> words = List.of(arguments);
        int output = words.lastIndexOf("--output");
        Optional<String> command = words.stream().filter(JsonSchemas::knows).findFirst();
        boolean isJson = output >= 0
                && output + 1 < words.size()
                && words.get(output + 1).equals("json");
        if (isJson && command.isPresent() && !printed.isEmpty()) {
            List<String> problems = JsonSchemas.lenient().problems(command.get(), printed);
            if (!problems.isEmpty()) {
                throw new AssertionError(problems + "\n" + printed);
            }
        }
    }

    /** Runs a command. */
    public Result run(String... arguments) {
        List<String> all = new ArrayList<>(before);
        all.addAll(List.of(arguments));
        StringWriter out = new StringWriter();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream systemErr = System.err;
        PrintStream captured = new PrintStream(err, true, StandardCharsets.UTF_8);
        System.setErr(captured);
        try {
            CommandLine command = new MedusaCommand(environment, console, node).commandLine();
            command.setOut(new PrintWriter(out));
            command.setErr(new PrintWriter(captured, true, StandardCharsets.UTF_8));
            int status = command.execute(all.toArray(new String[0]));
            checkJson(arguments, out.toString());
            return new Result(status, out.toString(), err.toString(StandardCharsets.UTF_8));
        } finally {
            System.setErr(systemErr);
        }
    }
}
