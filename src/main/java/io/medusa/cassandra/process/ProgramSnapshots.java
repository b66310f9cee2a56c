package io.medusa.cassandra.process;

import io.medusa.cassandra.SnapshotService;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Snapshots through the {@code nodetool} program, for those who ask for it, or through {@code ccm} (compat.md 10). */
public final class ProgramSnapshots implements SnapshotService {
    private static final Duration AT_MOST = Duration.ofHours(1);

    private final Nodetool nodetool;

    /**
     * How to call nodetool.
     *
     * @param ccm whether it is called through {@code ccm node1}; then nothing else counts
     */
    public record Nodetool(
            boolean ccm,
            String executable,
            List<String> flags,
            boolean tls,
            Optional<String> user,
            Optional<Secret> password,
            Optional<Path> passwordFile,
            Optional<String> host,
            OptionalInt port) {}

    /** Nothing is run before the first call. */
    public ProgramSnapshots(Nodetool nodetool) {
        this.nodetool = nodetool;
    }

    @Override
    public void take(String tag) {
        run("snapshot", tag);
    }

    @Override
    public void clear(String tag) {
        run("clearsnapshot", tag);
    }

    private void run(String verb, String tag) {
        if (nodetool.ccm()) {
            run(
                    List.of(
                            "ccm",
                            "node1",
                            "nodetool",
                            "--",
                            "-Dcom.sun.jndi.rmiURLParsing=legacy",
                            verb + " -t " + tag),
                    verb);
            return;
        }
        Optional<Path> secret = Optional.empty();
        try {
            secret = passwordFile();
            run(words(verb, tag, secret.or(nodetool::passwordFile)), verb);
        } finally {
            secret.ifPresent(ProgramSnapshots::delete);
        }
    }

    private List<String> words(String verb, String tag, Optional<Path> passwordFile) {
        List<String> words = new ArrayList<>();
        words.add(nodetool.executable());
        nodetool.flags().stream().filter(flag -> !flag.isEmpty()).forEach(words::add);
        if (nodetool.tls()) {
            words.add("--ssl");
        }
        nodetool.user().ifPresent(user -> words.addAll(List.of("-u", user)));
        passwordFile.ifPresent(file -> words.addAll(List.of("-pwf", file.toString())));
        nodetool.host().ifPresent(host -> words.addAll(List.of("-h", host)));
        nodetool.port().ifPresent(port -> words.addAll(List.of("-p", String.valueOf(port))));
        words.addAll(List.of(verb, "-t", tag));
        return words;
    }

    /** A password must not stand on a command line: it goes into a file that only this user can read. */
    private Optional<Path> passwordFile() {
        if (nodetool.user().isEmpty() || nodetool.password().isEmpty()) {
            return Optional.empty();
        }
        try {
            Path file = Files.createTempFile(
                    "medusa",
                    ".jmx",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(
                    file,
                    nodetool.user().get() + " " + nodetool.password().get().reveal() + "\n");
            return Optional.of(file);
        } catch (IOException failed) {
            throw new MedusaException(
                    FailureKind.LOCAL_FILE, "the JMX password cannot be handed to nodetool in a file", failed);
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException failed) {
            throw new MedusaException(FailureKind.LOCAL_FILE, "the file " + file + " cannot be removed", failed);
        }
    }

    private static void run(List<String> words, String verb) {
        ExternalCommand command = new ExternalCommand(words);
        ExternalCommand.Outcome outcome = command.run(AT_MOST);
        if (!outcome.succeeded()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    words.get(0) + " " + verb + " failed with status " + outcome.exitStatus() + ": "
                            + outcome.lastLine());
        }
    }
}
