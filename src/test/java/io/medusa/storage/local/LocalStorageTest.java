package io.medusa.storage.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.ObjectStorageContract;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class LocalStorageTest extends ObjectStorageContract {
    private LocalStorage storage;

    @Override
    protected ObjectStorage storage() {
        if (storage == null) {
            storage = new LocalStorage(directory.resolve("bucket"));
        }
        return storage;
    }

    private List<Path> temporaryFiles() throws IOException {
        Path temporary = directory.resolve("bucket").resolve(LocalStorage.TEMPORARY);
        if (!Files.exists(temporary)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(temporary)) {
            return files.toList();
        }
    }

    @Test
    void D22_anObjectIsWrittenUnderATemporaryNameAndNeverSeenInPart() throws IOException {
        Path source = Files.writeString(directory.resolve("source"), "whole");
        storage().put(new ObjectKey("a/b"), new ObjectSource.OfFile(source, 5));
        // a source that ends too early stands for a crash in the middle: the old object stays, no part is left
        assertThatThrownBy(() -> storage().put(new ObjectKey("a/b"), new ObjectSource.OfFile(source, 50)))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("changed while it was read");
        assertThat(directory.resolve("bucket/a/b")).hasContent("whole");
        assertThat(temporaryFiles()).isEmpty();
    }

    @Test
    void P7_aListingEntersOnlyDirectoriesThatCanHoldItsPrefix() throws IOException {
        storage().put(new ObjectKey("n1/data/ks/t/a"), ObjectSource.OfBytes.utf8("x"));
        storage().put(new ObjectKey("n1/data2/ks/t/a"), ObjectSource.OfBytes.utf8("x"));
        storage().put(new ObjectKey("n10/data/ks/t/a"), ObjectSource.OfBytes.utf8("x"));
        Path elsewhere = directory.resolve("bucket/n1/data2/ks");
        // whoever enters it fails
        Files.setPosixFilePermissions(elsewhere, java.util.Set.of());
        Path loop = directory.resolve("bucket/n10/data/loop");
        Files.createSymbolicLink(loop, directory.resolve("bucket/n10"));
        try (var objects = storage().list("n1/data/")) {
            assertThat(objects.map(object -> object.key().value())).containsExactly("n1/data/ks/t/a");
        } finally {
            Files.setPosixFilePermissions(
                    elsewhere, java.nio.file.attribute.PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    @Test
    void temporaryFilesAreNotListed() throws IOException {
        storage().put(new ObjectKey("a"), ObjectSource.OfBytes.utf8("x"));
        Files.writeString(
                directory.resolve("bucket").resolve(LocalStorage.TEMPORARY).resolve("left"), "crash");
        try (var objects = storage().list("")) {
            assertThat(objects.map(object -> object.key().value())).containsExactly("a");
        }
    }

    @Test
    void S7_aKeyCannotLeaveTheBucket() {
        for (String key : List.of("../x", "a/../../x", "/etc/passwd", "a//b", "a/./b", "a/", "", "a\u0000b", "a\\b")) {
            assertThatThrownBy(() -> new ObjectKey(key))
                    .as(key)
                    .isInstanceOf(MedusaException.class)
                    .extracting(failure -> ((MedusaException) failure).kind())
                    .isEqualTo(FailureKind.BACKUP_DAMAGED);
        }
    }

    @Test
    void aFileWhereADirectoryIsNeededIsOneClearError() {
        storage().put(new ObjectKey("a"), ObjectSource.OfBytes.utf8("x"));
        assertThatThrownBy(() -> storage().put(new ObjectKey("a/b"), new ObjectSource.OfBytes(ByteBuffer.allocate(1))))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("a file exists where a directory is needed");
    }

    /** Each deletes the last object of a directory, and so the directory and its parents, while others are about to use them. */
    @Test
    void aPutMakesItsDirectoriesAgainAsOftenAsTheyAreRemovedBeneathIt() {
        storage();
        List<Integer> each = java.util.stream.IntStream.range(0, 4000).boxed().toList();
        new TransferPool(4, false, Progress.NONE).mapAll("Moving", each, any -> 0, i -> {
            ObjectKey key = new ObjectKey("n1/data/ks/t/" + i);
            storage().put(key, ObjectSource.OfBytes.utf8("x"));
            return storage().deleteAll(List.of(key));
        });
        try (var objects = storage().list("")) {
            assertThat(objects).isEmpty();
        }
    }

    @Test
    void aPutSurvivesThatItsTemporaryDirectoryIsRemoved() throws IOException {
        storage().put(new ObjectKey("a"), ObjectSource.OfBytes.utf8("x"));
        Files.delete(directory.resolve("bucket").resolve(LocalStorage.TEMPORARY));
        storage().put(new ObjectKey("b"), ObjectSource.OfBytes.utf8("x"));
        assertThat(storage().stat(new ObjectKey("b"))).isPresent();
    }

    @Test
    void aSourceThatVanishedIsNotMistakenForADirectoryThatDid() {
        Path gone = directory.resolve("gone");
        assertThatThrownBy(() -> storage().put(new ObjectKey("a/b"), new ObjectSource.OfFile(gone, 5)))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining(gone.toString());
    }

    @Test
    void flushSurvivesAMissingBucket() {
        new LocalStorage(directory.resolve("none")).flush();
        assertThat(directory.resolve("none")).doesNotExist();
    }
}
