package io.medusa.grpc;

import io.grpc.ChannelCredentials;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.TlsChannelCredentials;
import io.medusa.app.Medusa;
import io.medusa.app.SharedMedusa;
import io.medusa.cassandra.CassandraNode;
import io.medusa.config.ConfigReader;
import io.medusa.error.Failures;
import io.medusa.model.NodeName;
import io.medusa.os.FileSystems;
import io.medusa.os.PemFiles;
import io.medusa.testing.Certificates;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.transfer.Progress;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/** A node of files without a database, its bucket, and as many servers of it as wanted. */
public final class ServedNode implements AutoCloseable {
    private final Path directory;
    private final Path bucketParent;
    private final FakeCassandraNode node;
    private final String name;
    private final List<AutoCloseable> open = new ArrayList<>();
    private final CountDownLatch mayGoOn = new CountDownLatch(1);
    private volatile boolean slow;
    private final java.util.concurrent.atomic.AtomicInteger letPass = new java.util.concurrent.atomic.AtomicInteger();

    public ServedNode(Path directory, String name, NodeName... others) {
        this(directory, directory, name, others);
    }

    /** @param bucketParent where the directory of the bucket is */
    public ServedNode(Path directory, Path bucketParent, String name, NodeName... others) {
        this.directory = directory;
        this.bucketParent = bucketParent;
        this.name = name;
        this.node = new FakeCassandraNode(directory.resolve("data"), new NodeName(name), others);
    }

    public FakeCassandraNode node() {
        return node;
    }

    /** Backups wait from now on when they take their snapshot. */
    public void stall() {
        node.duringSnapshots(this::awaitGoOn);
    }

    /** They wait before they look at the node, after so many looks, such as for a snapshot. */
    public void stallAfter(int looks) {
        letPass.set(looks);
        slow = true;
    }

    /** Backups wait no more. */
    public void goOn() {
        slow = false;
        mayGoOn.countDown();
    }

    public Path ini() throws IOException {
        Path ini = directory.resolve("medusa.ini");
        // never half of it: another server of the node may be reading it
        FileSystems.replace(
                ini,
                "[storage]\nstorage_provider = local\nbase_path = " + bucketParent + "\nbucket_name = bucket\nfqdn = "
                        + name + "\nmax_backup_count = 1\nbackup_grace_period_in_days = 0\n"
                        + "[cassandra]\nresolve_ip_addresses = False\nconfig_file = "
                        + directory.resolve("node.yaml") + "\n");
        return ini;
    }

    /** The node as a backup sees it, once it may. */
    public CassandraNode cassandra() {
        try {
            if (slow && letPass.decrementAndGet() < 0) {
                awaitGoOn();
            }
            return node.node();
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    private void awaitGoOn() {
        try {
            mayGoOn.await();
        } catch (InterruptedException interrupted) {
            throw Failures.interrupted(interrupted);
        }
    }

    /** What a server's calls share. */
    public Program program() throws IOException {
        Path ini = ini();
        Map<String, String> environment = Map.of("TMPDIR", directory.toString());
        SharedMedusa shared = new SharedMedusa(
                () -> {
                    ConfigReader reader = new ConfigReader(environment);
                    return new SharedMedusa.Version(
                            new Medusa(
                                    reader.read(Optional.of(ini), Map.of()),
                                    environment,
                                    Progress.NONE,
                                    this::cassandra,
                                    Optional::empty),
                            reader.version()::isCurrent);
                },
                () -> Progress.NONE);
        open.add(shared);
        return shared::open;
    }

    public MedusaServer serve(Optional<PemFiles> tls, int maxSend) throws IOException {
        return serve(Optional.empty(), 0, tls, maxSend);
    }

    public MedusaServer serve(Optional<String> address, int port, Optional<PemFiles> tls, int maxSend)
            throws IOException {
        MedusaServer server = new MedusaServer(
                new MedusaServer.Settings(address, port, maxSend, 1 << 20, tls, directory.resolve("mappings")),
                program());
        open.add(server);
        server.start();
        return server;
    }

    public ManagedChannel channel(MedusaServer server) {
        return channel(server, InsecureChannelCredentials.create());
    }

    public ManagedChannel channel(MedusaServer server, ChannelCredentials credentials) {
        ManagedChannel channel = Grpc.newChannelBuilderForAddress("127.0.0.1", server.port(), credentials)
                .build();
        open.add(channel::shutdownNow);
        return channel;
    }

    /** Of a server, or of a client. */
    public static PemFiles files(Certificates authority, Certificates.Pair own) {
        return new PemFiles(
                Optional.of(authority.ca()), Optional.of(own.certificate()), Optional.of(own.key()), "of the test");
    }

    public static ChannelCredentials credentials(Certificates trusted, Certificates.Pair own) throws IOException {
        return TlsChannelCredentials.newBuilder()
                .trustManager(trusted.ca().toFile())
                .keyManager(own.certificate().toFile(), own.key().toFile())
                .build();
    }

    @Override
    public void close() throws Exception {
        goOn();
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }
}
