package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.model.TableSelection;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.local.LocalStorage;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.FaultyStorage;
import io.medusa.testing.NodeBackups;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A fetch that fails at any call of the storage leaves nothing wrong behind, and the same again completes it. */
final class DownloadBackupTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final BackupName NAME = new BackupName("one");

    @TempDir
    Path directory;

    private LocalStorage storage;

    @BeforeEach
    void backup() throws IOException {
        storage = new LocalStorage(directory.resolve("bucket"));
        FakeCassandraNode cassandra = new FakeCassandraNode(directory.resolve("data"), NODE);
        cassandra.sstable("ks", "t", 1, "first");
        cassandra.sstable("ks", "u", 1, "second");
        NodeBackups.take(storage, cassandra.node(), NODE, NAME, directory);
    }

    private DownloadBackup.Result download(ObjectStorage through, Path to) {
        return download(through, to, TableSelection.ALL);
    }

    private static DownloadBackup.Result download(ObjectStorage through, Path to, TableSelection selection) {
        return new DownloadBackup(
                        new BackupCatalog(through, new RepositoryLayout("")), new TransferPool(2, false, Progress.NONE))
                .run(new DownloadBackup.Request(NODE, NAME, to, selection, true));
    }

    @Test
    void whatIsAskedForAndNotInTheBackupIsAnError() throws IOException {
        Path to = Files.createDirectory(directory.resolve("to"));
        assertThatThrownBy(() -> download(storage, to, new TableSelection(Set.of(), Set.of("ks.t", "ks.uu"))))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("has no table ks.uu");
        assertThat(files(to)).isEmpty();
        download(storage, to, new TableSelection(Set.of("ks"), Set.of("ks.t")));
        assertThat(files(to)).isNotEmpty();
    }

    private static Map<String, String> files(Path root) throws IOException {
        Map<String, String> files = new TreeMap<>();
        try (Stream<Path> paths = Files.walk(root)) {
            for (Path path : paths.filter(Files::isRegularFile).toList()) {
                files.put(root.relativize(path).toString(), Files.readString(path));
            }
        }
        return files;
    }

    @Test
    void P15_aFailureAtAnyStorageCallIsMadeUpForByTheSameCommandAgain() throws IOException {
        Path whole = Files.createDirectory(directory.resolve("whole"));
        AtomicInteger calls = new AtomicInteger();
        FaultyStorage counting = new FaultyStorage(storage, (method, what) -> {
            if (!isLease(what)) {
                calls.incrementAndGet();
            }
        });
        assertThat(download(counting, whole).fetched()).isEqualTo(16);
        Map<String, String> expected = files(whole);
        assertThat(calls.get()).isGreaterThan(16);
        for (int fault = 1; fault <= calls.get(); fault++) {
            Path to = Files.createDirectory(directory.resolve("fault" + fault));
            int at = fault;
            AtomicInteger called = new AtomicInteger();
            AtomicBoolean thrown = new AtomicBoolean();
            FaultyStorage faulty = new FaultyStorage(storage, (method, what) -> {
                // another thread may have counted on meanwhile
                if (!isLease(what) && called.incrementAndGet() >= at && thrown.compareAndSet(false, true)) {
                    throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, "fault at " + method + " " + what);
                }
            });
            assertThatThrownBy(() -> download(faulty, to))
                    .as("fault at call %d", fault)
                    .isInstanceOf(MedusaException.class)
                    .hasMessageContaining("fault at");
            assertThat(expected).as("nothing but right files").containsAllEntriesOf(files(to));
            download(storage, to);
            assertThat(files(to)).as("after fault at call %d", fault).isEqualTo(expected);
        }
    }

    @Test
    void aReadThatIsInterruptedIsAFailureOfTheStoreThatNamesTheObject() throws IOException {
        ObjectStorage broken = (ObjectStorage) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ObjectStorage.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("open")
                            && arguments[0].toString().endsWith("-Data.db")) {
                        return Optional.of(new BrokenStream());
                    }
                    return method.invoke(storage, arguments);
                });
        Path to = Files.createDirectory(directory.resolve("to"));
        assertThatThrownBy(() -> download(broken, to))
                .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                        .isEqualTo(FailureKind.STORAGE_UNAVAILABLE))
                .hasMessageStartingWith("reading n1/data/ks/")
                .hasMessageEndingWith("-Data.db: connection reset");
    }

    private static final class BrokenStream extends InputStream {
        @Override
        public int read() throws IOException {
            throw new IOException("connection reset");
        }
    }

    /** Who cannot hold a lease downloads without one. */
    private static boolean isLease(String what) {
        return what.contains("index/leases/");
    }
}
