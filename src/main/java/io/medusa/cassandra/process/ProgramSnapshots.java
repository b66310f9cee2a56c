package io.medusa.cassandra.process;

import io.medusa.cassandra.Nodetool;
import io.medusa.cassandra.SnapshotService;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Snapshots through the {@code nodetool} program, if configured, or through {@code ccm} (docs/compatibility.md 10). */
public final class ProgramSnapshots implements SnapshotService {
    private static final Duration AT_MOST = Duration.ofHours(1);

    private final boolean ccm;
    private final Nodetool nodetool;
    private final Optional<Secret> password;

    /**
     * Runs nothing before the first call.
     *
     * @param ccm whether nodetool is called through {@code ccm node1}; then all other settings are ignored
     * @param password of the user, passed in a file
     */
    public ProgramSnapshots(boolean ccm, Nodetool nodetool, Optional<Secret> password) {
        this.ccm = ccm;
        this.nodetool = nodetool;
        this.password = password;
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
        if (ccm) {
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
            run(secret.map(nodetool::withPasswordFile).orElse(nodetool).words(verb, tag), verb);
        } finally {
            secret.ifPresent(ProgramSnapshots::delete);
        }
    }

    /** A password must not be on a command line: it goes into a file that only this user can read. */
    private Optional<Path> passwordFile() {
        if (nodetool.user().isEmpty() || password.isEmpty()) {
            return Optional.empty();
        }
        try {
            Path file = Files.createTempFile(
                    "medusa",
                    ".jmx",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
            Files.writeString(file, nodetool.user().get() + " " + password.get().reveal() + "\n");
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
                            + outcome.message());
        }
    }
}
