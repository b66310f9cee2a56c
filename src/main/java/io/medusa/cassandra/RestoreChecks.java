package io.medusa.cassandra;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import io.medusa.os.Privileges;
import io.medusa.os.SudoRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a restore needs on this machine after it has stopped Cassandra, tried without changing anything: the commands that stop and
 * start it, permissions, sudo, certificates.
 */
public final class RestoreChecks {
    private static final Logger LOG = LoggerFactory.getLogger(RestoreChecks.class);
    private static final String PERMISSIONS = "restore: permissions";

    private final CassandraYaml node;
    private final CassandraService service;
    private final Supplier<List<Check>> more;
    private final boolean sudoAllowed;

    /**
     * Looks at nothing yet.
     *
     * @param more further checks, such as those of the schema
     * @param sudoAllowed whether sudo may be used below the data directories
     */
    public RestoreChecks(
            CassandraYaml node, CassandraService service, Supplier<List<Check>> more, boolean sudoAllowed) {
        this.node = node;
        this.service = service;
        this.more = more;
        this.sudoAllowed = sudoAllowed;
    }

    /**
     * All checks.
     *
     * @param wholeNode whether all tables are restored
     */
    public List<Check> run(boolean wholeNode) {
        List<Check> checks = new ArrayList<>(service.checks());
        checks.add(permissions(wholeNode));
        checks.addAll(more.get());
        return checks;
    }

    /**
     * Refuses a restore that would fail once Cassandra is stopped.
     *
     * @param wholeNode as in {@link #run}
     */
    public void require(boolean wholeNode) {
        List<Check> checks = run(wholeNode);
        checks.stream()
                .filter(check -> check.outcome() == Outcome.WARNING)
                .forEach(check -> LOG.warn("{}: {}", check.subject(), check.detail()));
        String failed = checks.stream()
                .filter(check -> check.outcome() == Outcome.FAILED)
                .map(Check::detail)
                .collect(Collectors.joining("; "));
        if (!failed.isEmpty()) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "the restore would fail on this machine: " + failed
                            + ". Cassandra was not stopped. No data was changed. Run medusa doctor --restore after"
                            + " fixing it");
        }
    }

    private Check permissions(boolean wholeNode) {
        try {
            Path data = node.dataDirectories().get(0);
            Privileges privileges = Privileges.over(data, sudoAllowed);
            return privileges.isDirect() ? direct(wholeNode) : bySudo(privileges, data);
        } catch (MedusaException failed) {
            return new Check(PERMISSIONS, Outcome.FAILED, String.valueOf(failed.getMessage()));
        }
    }

    private static Check bySudo(Privileges privileges, Path data) {
        List<String> refused = privileges
                .sudoCommands(StagingDirectory.inside(data).resolve("restore-check"))
                .stream()
                .flatMap(command -> SudoRules.refusal(command).stream())
                .toList();
        if (refused.isEmpty()) {
            return new Check(PERMISSIONS, Outcome.OK, "files are changed through sudo");
        }
        String more = refused.size() == 1 ? "" : "; it refuses " + (refused.size() - 1) + " more commands";
        return new Check(PERMISSIONS, Outcome.FAILED, refused.get(0) + more);
    }

    private Check direct(boolean wholeNode) {
        List<Path> directories = new ArrayList<>(node.allDataDirectories());
        if (wholeNode) {
            // a directory is renamed into another one only by who may write to it
            node.allDataDirectories().forEach(data -> entries(data).stream()
                    .filter(KeyspaceDirectories::canBe)
                    .forEach(keyspace -> {
                        directories.add(keyspace);
                        directories.addAll(entries(keyspace));
                    }));
            directories.add(node.hintsDirectory());
        }
        directories.add(node.commitLogDirectory());
        directories.add(node.savedCachesDirectory());
        List<Path> closed = directories.stream()
                .filter(directory -> Files.isDirectory(directory) && !Files.isWritable(directory))
                .toList();
        return closed.isEmpty()
                ? new Check(PERMISSIONS, Outcome.OK, "every directory that a restore changes is writable")
                : new Check(
                        PERMISSIONS,
                        Outcome.FAILED,
                        "user " + System.getProperty("user.name") + " cannot write to " + closed.get(0)
                                + (closed.size() == 1 ? "" : " and " + (closed.size() - 1) + " more directories")
                                + ": give them to Cassandra's user");
    }

    private static List<Path> entries(Path directory) {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.filter(entry -> Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS))
                    .toList();
        } catch (NoSuchFileException gone) {
            return List.of();
        } catch (IOException failed) {
            throw Failures.ofFile("listing " + directory, failed, FailureKind.LOCAL_FILE);
        }
    }
}
