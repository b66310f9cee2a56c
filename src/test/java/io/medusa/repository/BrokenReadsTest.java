package io.medusa.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.storage.ContentStream;
import io.medusa.storage.HashRule;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.testing.ForwardingObjectStorage;
import io.medusa.testing.InMemoryStorage;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** An object that the store has, but whose bytes it cannot hand out. */
final class BrokenReadsTest {
    private static final NodeName NODE = new NodeName("n1");

    private final InMemoryStorage stored = new InMemoryStorage(Clock.systemUTC());
    private final ObjectStorage broken = new Broken(stored);
    private final RepositoryLayout layout = new RepositoryLayout("");

    /** Every request succeeds, and every read of content fails. */
    private static final class Broken extends ForwardingObjectStorage {
        Broken(ObjectStorage storage) {
            super(storage);
        }

        @Override
        public Optional<InputStream> open(ObjectKey key) {
            return super.open(key).map(content -> reset(key));
        }
    }

    private static InputStream reset(ObjectKey key) {
        InputStream content = new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("Connection reset");
            }
        };
        return new ContentStream(content, "reading " + key);
    }

    @Test
    void anAnnouncedDeletionThatCannotBeReadIsNeitherTornNorNothing() {
        stored.put(
                layout.pendingDeletions(NODE, "id"),
                ObjectSource.OfBytes.utf8("{\"backups\": [\"b1\"], \"objects\": []}"));
        assertThat(PendingDeletions.includes(stored, layout, new BackupName("b1")))
                .isTrue();
        for (ThrowingCallable look : List.<ThrowingCallable>of(
                () -> PendingDeletions.of(broken, layout, NODE),
                () -> PendingDeletions.ofReadable(broken, layout, NODE),
                () -> PendingDeletions.includes(broken, layout, new BackupName("b1")))) {
            assertThatThrownBy(look)
                    .isInstanceOfSatisfying(MedusaException.class, failed -> assertThat(failed.kind())
                            .isEqualTo(FailureKind.STORAGE_UNAVAILABLE))
                    .hasMessageContaining("index/pending-deletions/n1/id.json");
        }
    }

    @Test
    void aManifestThatCannotBeReadIsThatBackupsOwnDamage() {
        ObjectKey key = new ObjectKey("n1/b1/meta/manifest.json");
        Readable<Boolean> read = Readable.of(key, () -> {
            try (ManifestEntries entries = new ManifestEntries(key, reset(key), HashRule.PLAIN)) {
                return entries.nextSection().isPresent();
            }
        });
        assertThat(read.damage().orElseThrow().reason()).contains(key.value()).contains("Connection reset");
    }
}
