package io.medusa.cassandra;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import io.medusa.model.Count;
import io.medusa.os.Privileges;
import io.medusa.os.SudoRules;
import io.medusa.os.SudoRules.Doubt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
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
    private final Predicate<Path> writable;

    /**
     * Looks at nothing yet.
     *
     * @param more further checks of what a restore needs once it has started the node, such as those of the schema
     * @param sudoAllowed whether sudo may be used below the data directories
     */
    public RestoreChecks(
            CassandraYaml node, CassandraService service, Supplier<List<Check>> more, boolean sudoAllowed) {
        this(node, service, more, sudoAllowed, Files::isWritable);
    }

    /** @param writable whether this user can write to a directory */
    RestoreChecks(
            CassandraYaml node,
            CassandraService service,
            Supplier<List<Check>> more,
            boolean sudoAllowed,
            Predicate<Path> writable) {
        this.node = node;
        this.service = service;
        this.more = more;
        this.sudoAllowed = sudoAllowed;
        this.writable = writable;
    }

    /**
     * All checks.
     *
     * @param wholeNode whether all tables are restored
     */
    public List<Check> run(boolean wholeNode) {
        List<Check> checks = new ArrayList<>(service.checks());
        boolean isStartedHere = !checks.isEmpty();
        checks.add(permissions(wholeNode));
        if (isStartedHere) {
            checks.addAll(more.get());
        }
        return checks;
    }

    /**
     * Refuses a restore that would fail once Cassandra is stopped.
     *
     * @param wholeNode as in {@link #run}
     */
    public void require(boolean wholeNode) {
        List<Check> checks = run(wholeNode);
        warn(checks, Outcome.WARNING);
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

    /**
     * Warns of what may make the completion of an interrupted swap fail. Refusing it would leave the node as the interrupted run did:
     * down, with some of its directories swapped.
     *
     * @param wholeNode as in {@link #run}
     */
    public void warn(boolean wholeNode) {
        List<Check> checks = run(wholeNode);
        warn(checks, Outcome.FAILED);
        warn(checks, Outcome.WARNING);
    }

    private static void warn(List<Check> checks, Outcome outcome) {
        checks.stream()
                .filter(check -> check.outcome() == outcome)
                .forEach(check -> LOG.warn("{}: {}", check.subject(), check.detail()));
    }

    private Check permissions(boolean wholeNode) {
        try {
            Path data = node.dataDirectories().get(0);
            Privileges privileges = Privileges.over(data, sudoAllowed);
            return privileges.isDirect() ? direct(wholeNode) : bySudo(privileges, data);
        } catch (MedusaException failed) {
            if (failed.kind() == FailureKind.INTERRUPTED) {
                throw failed;
            }
            return new Check(PERMISSIONS, Outcome.FAILED, String.valueOf(failed.getMessage()));
        }
    }

    private static Check bySudo(Privileges privileges, Path data) {
        SudoRules sudo = new SudoRules();
        List<Doubt> doubts = new ArrayList<>();
        privileges
                .sudoCommands(StagingDirectory.inside(data).resolve("restore-check"))
                .forEach(command -> sudo.doubt(command).ifPresent(doubts::add));
        // what cannot be linked is downloaded
        sudo.doubt(privileges.sudoLink())
                .ifPresent(doubt -> doubts.add(new Doubt(false, doubt.why() + ". Files are downloaded instead")));
        return ofDoubts(doubts);
    }

    /** The gravest comes first. */
    static Check ofDoubts(List<Doubt> doubts) {
        Optional<Doubt> certain = doubts.stream().filter(Doubt::isCertain).findFirst();
        return certain.or(() -> doubts.stream().findFirst())
                .map(doubt -> new Check(
                        PERMISSIONS,
                        doubt.isCertain() ? Outcome.FAILED : Outcome.WARNING,
                        doubt.why()
                                + (doubts.size() == 1
                                        ? ""
                                        : "; the same for " + Count.of(doubts.size() - 1, "more command"))))
                .orElseGet(() -> new Check(PERMISSIONS, Outcome.OK, "files are changed through sudo"));
    }

    private Check direct(boolean wholeNode) {
        List<Path> closed = changed(wholeNode).stream()
                .filter(directory -> Files.isDirectory(directory) && !writable.test(directory))
                .toList();
        return closed.isEmpty()
                ? new Check(PERMISSIONS, Outcome.OK, "every directory that a restore changes is writable")
                : new Check(
                        PERMISSIONS,
                        Outcome.FAILED,
                        "user " + System.getProperty("user.name") + " cannot write to " + closed.get(0)
                                + (closed.size() == 1
                                        ? ""
                                        : " and " + (closed.size() - 1) + " more "
                                                + (closed.size() == 2 ? "directory" : "directories"))
                                + ": give them to Cassandra's user");
    }

    private List<Path> changed(boolean wholeNode) {
        List<Path> directories = new ArrayList<>(node.allDataDirectories());
        if (wholeNode) {
            node.allDataDirectories().forEach(data -> entries(data).stream()
                    .filter(KeyspaceDirectories::canBe)
                    .forEach(keyspace -> {
                        // a directory is renamed into another one only by who may write to it
                        List<Path> tables = entries(keyspace).stream()
                                .filter(table -> KeyspaceDirectories.belongsToBackups(keyspace, table))
                                .toList();
                        if (!tables.isEmpty()) {
                            directories.add(keyspace);
                            directories.addAll(tables);
                        }
                    }));
            directories.add(node.hintsDirectory());
        }
        directories.add(node.commitLogDirectory());
        directories.add(node.savedCachesDirectory());
        return directories;
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
