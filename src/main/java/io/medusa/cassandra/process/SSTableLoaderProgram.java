package io.medusa.cassandra.process;

import io.medusa.cassandra.BulkLoader;
import io.medusa.cassandra.CassandraYaml;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The {@code sstableloader} of the node's Cassandra (docs/compatibility.md 16.1). It reads its TLS settings from {@code cassandra.yaml}. */
public final class SSTableLoaderProgram implements BulkLoader {
    private static final Duration AT_MOST = Duration.ofDays(7);
    private static final int STORAGE_PORT = 7000;

    private final Path program;
    private final CassandraYaml yaml;
    private final boolean withPassword;

    /** @param withPassword whether CQL requires a password, which the program accepts only on its command line */
    public SSTableLoaderProgram(Path program, CassandraYaml yaml, boolean withPassword) {
        this.program = program;
        this.yaml = yaml;
        this.withPassword = withPassword;
    }

    @Override
    public void check() {
        if (withPassword) {
            throw new MedusaException(
                    FailureKind.REFUSED,
                    "--use-sstableloader cannot be used with cql_password: sstableloader takes the password on its command"
                            + " line, where every user of the machine can read it. Nothing was downloaded or changed. Use"
                            + " restore-cluster without that option: the nodes import the data by themselves");
        }
    }

    @Override
    public void load(Path tableDirectory) {
        check();
        List<String> words = new ArrayList<>(List.of(
                program.toString(),
                "-d",
                yaml.cqlContacts().get(0),
                "--conf-path",
                yaml.file().toString(),
                "--no-progress",
                "--port",
                String.valueOf(yaml.nativePort())));
        if (yaml.storagePort() != STORAGE_PORT) {
            words.addAll(List.of("--storage-port", String.valueOf(yaml.storagePort())));
        }
        words.add(tableDirectory.toString());
        ExternalCommand.Outcome outcome = new ExternalCommand(words).run(AT_MOST);
        if (!outcome.succeeded()) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    program + " failed on " + tableDirectory + " with status " + outcome.exitStatus() + ": "
                            + outcome.lastLine());
        }
    }
}
