package io.medusa.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every bucket must do, whatever it is made of. */
public abstract class ObjectStorageContract {
    @TempDir
    protected Path directory;

    /** A fresh, empty bucket; the same one for a whole test. */
    protected abstract ObjectStorage storage();

    private static ObjectKey key(String value) {
        return new ObjectKey(value);
    }

    private StoredObject put(String key, String content) {
        return storage().put(key(key), ObjectSource.OfBytes.utf8(content));
    }

    private String read(String key) throws IOException {
        Optional<InputStream> content = storage().open(key(key));
        try (InputStream in = content.orElseThrow()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private List<String> list(String prefix) {
        try (Stream<StoredObject> objects = storage().list(prefix)) {
            return objects.map(object -> object.key().value()).toList();
        }
    }

    @Test
    void givesBackWhatWasPut() throws IOException {
        StoredObject stored = put("a/b/c.txt", "abc");
        assertThat(stored.size()).isEqualTo(3);
        assertThat(stored.knownHash())
                .contains(ContentHash.parse("900150983cd24fb0d6963f7d28e17f72").orElseThrow());
        assertThat(read("a/b/c.txt")).isEqualTo("abc");
        StoredObject found = storage().stat(key("a/b/c.txt")).orElseThrow();
        assertThat(found.size()).isEqualTo(3);
        assertThat(found.modified()).isEqualTo(stored.modified());
    }

    @Test
    void holdsEmptyObjects() throws IOException {
        StoredObject stored = put("a/Rows.db", "");
        assertThat(stored.knownHash())
                .contains(ContentHash.parse("d41d8cd98f00b204e9800998ecf8427e").orElseThrow());
        assertThat(read("a/Rows.db")).isEmpty();
        assertThat(list("a/")).containsExactly("a/Rows.db");
    }

    @Test
    void takesKeysOfAllKinds() throws IOException {
        List<String> keys = List.of(
                "n/nb-1-big-SAI+aa+idx+Meta.db", "n/with space", "n/ümläut-日本", "n/a%2Fb", "n/~tag~/x", "n/.idx/y");
        for (String key : keys) {
            put(key, key);
        }
        for (String key : keys) {
            assertThat(read(key)).isEqualTo(key);
        }
        assertThat(list("n/")).containsExactlyInAnyOrderElementsOf(keys);
    }

    @Test
    void replacesAnObjectOfTheSameKey() throws IOException {
        put("a", "one");
        put("a", "three");
        assertThat(read("a")).isEqualTo("three");
        assertThat(list("")).containsExactly("a");
    }

    @Test
    void answersNothingForAMissingObject() {
        assertThat(storage().stat(key("no/such"))).isEmpty();
        assertThat(storage().open(key("no/such"))).isEmpty();
        assertThat(list("no/")).isEmpty();
        put("file", "x");
        assertThat(storage().stat(key("file/below"))).isEmpty();
        assertThat(storage().open(key("file/below"))).isEmpty();
        assertThat(storage().stat(key("fil"))).isEmpty();
    }

    @Test
    void listsByPrefixAsTextInTheOrderOfUtf8() {
        List<String> keys =
                new ArrayList<>(List.of("b1/x", "b10/x", "b1-old/x", "b1/a/z", "b1/a.b", "b2/x", "b1/a/é", "b"));
        keys.forEach(key -> put(key, "x"));
        keys.sort((a, b) ->
                Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8)));
        assertThat(list("")).containsExactlyElementsOf(keys);
        assertThat(list("b1"))
                .containsExactlyElementsOf(
                        keys.stream().filter(key -> key.startsWith("b1")).toList());
        assertThat(list("b1/")).containsExactly("b1/a.b", "b1/a/z", "b1/a/é", "b1/x");
        assertThat(list("b1/a")).containsExactly("b1/a.b", "b1/a/z", "b1/a/é");
        assertThat(list("c")).isEmpty();
    }

    @Test
    void namesTheDirectoriesBelowAPrefix() {
        put("p/node1/b1/meta/schema.cql", "x");
        put("p/node1/data/ks/t/f", "x");
        put("p/node10/b1/meta/schema.cql", "x");
        put("p/file", "x");
        put("q/other/y", "x");
        assertThat(storage().directories("p/")).containsExactlyInAnyOrder("node1", "node10");
        assertThat(storage().directories("p/node1/")).containsExactlyInAnyOrder("b1", "data");
        assertThat(storage().directories("")).containsExactlyInAnyOrder("p", "q");
        assertThat(storage().directories("nothing/here/")).isEmpty();
    }

    @Test
    void listsMoreThanOnePage() {
        IntStream.range(0, 1042).forEach(i -> put("many/" + i, String.valueOf(i)));
        assertThat(list("many/")).hasSize(1042).doesNotHaveDuplicates();
        storage().deleteAll(list("many/").stream().map(ObjectKey::new).toList());
        assertThat(list("many/")).isEmpty();
    }

    @Test
    void copiesIndependently() throws IOException {
        put("from", "content");
        StoredObject copied = storage().copy(key("from"), 7, key("to/deep/copy"));
        assertThat(copied.size()).isEqualTo(7);
        put("from", "changed");
        assertThat(read("to/deep/copy")).isEqualTo("content");
        storage().deleteAll(List.of(key("from")));
        assertThat(read("to/deep/copy")).isEqualTo("content");
    }

    @Test
    void copyingAMissingObjectIsAnError() {
        assertThatThrownBy(() -> storage().copy(key("no"), 7, key("to"))).isInstanceOf(MedusaException.class);
        assertThat(storage().stat(key("to"))).isEmpty();
    }

    @Test
    void deletingAMissingObjectIsNone() {
        put("a", "x");
        put("ab", "x");
        storage().deleteAll(List.of(key("a"), key("no/such"), key("a/below")));
        assertThat(list("")).containsExactly("ab");
    }

    @Test
    void storesAFileOfSeveralBuffers() throws IOException {
        byte[] bytes = new byte[5 * 1024 * 1024 + 17];
        new Random(1).nextBytes(bytes);
        Path file = Files.write(directory.resolve("source"), bytes);
        StoredObject stored = storage().put(key("big"), new ObjectSource.OfFile(file, bytes.length));
        assertThat(stored.size()).isEqualTo(bytes.length);
        try (InputStream in = storage().open(key("big")).orElseThrow()) {
            assertThat(in.readAllBytes()).isEqualTo(bytes);
        }
    }

    @Test
    void aSourceThatChangedItsSizeIsAnErrorAndLeavesNothing() throws IOException {
        Path file = Files.writeString(directory.resolve("source"), "12345");
        assertThatThrownBy(() -> storage().put(key("short"), new ObjectSource.OfFile(file, 6)))
                .isInstanceOf(MedusaException.class);
        assertThatThrownBy(() -> storage().put(key("short"), new ObjectSource.OfFile(file, 4)))
                .isInstanceOf(MedusaException.class);
        assertThat(list("")).isEmpty();
    }

    private static void isRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable work) {
        assertThatThrownBy(work).isInstanceOfSatisfying(MedusaException.class, failure -> assertThat(failure.kind())
                .isEqualTo(io.medusa.error.FailureKind.BUSY));
    }

    private StoredObject putIf(Precondition when, String key, String content) {
        return storage().put(key(key), ObjectSource.OfBytes.utf8(content), when);
    }

    @Test
    void anObjectThatIsThereIsNotReplacedByOneThatMustBeNew() throws IOException {
        assertThat(putIf(Precondition.ABSENT, "deep/a", "one").size()).isEqualTo(3);
        isRefused(() -> putIf(Precondition.ABSENT, "deep/a", "two"));
        isRefused(() -> putIf(Precondition.ABSENT, "deep/a", "one"));
        assertThat(read("deep/a")).isEqualTo("one");
        storage().deleteAll(List.of(key("deep/a")));
        putIf(Precondition.ABSENT, "deep/a", "three");
        assertThat(read("deep/a")).isEqualTo("three");
        assertThat(list("")).containsExactly("deep/a");
        assertThat(storage().overwriting()).isEqualTo(Overwriting.PREVENTED);
    }

    @Test
    void onlyTheObjectThatWasSeenIsReplaced() throws IOException {
        put("a", "damaged");
        StoredObject seen = storage().stat(key("a")).orElseThrow();
        assertThat(putIf(Precondition.unchanged(seen), "a", "repaired").size()).isEqualTo(8);
        isRefused(() -> putIf(Precondition.unchanged(seen), "a", "by another"));
        assertThat(read("a")).isEqualTo("repaired");
        storage().deleteAll(List.of(key("a")));
        isRefused(() -> putIf(Precondition.unchanged(seen), "a", "by another"));
        assertThat(list("")).isEmpty();
        putIf(Precondition.unchanged(Optional.empty()), "a", "new");
        assertThat(read("a")).isEqualTo("new");
    }

    @Test
    void aCopyReplacesNothingThatItMustNot() throws IOException {
        put("from", "content");
        storage().copy(key("from"), 7, key("to/copy"), Precondition.ABSENT);
        put("to/other", "another");
        if (!checksCopies()) {
            storage().copy(key("from"), 7, key("to/other"), Precondition.ABSENT);
            assertThat(read("to/other"))
                    .as("as soon as it checks them, this test can")
                    .isEqualTo("content");
            return;
        }
        isRefused(() -> storage().copy(key("from"), 7, key("to/other"), Precondition.ABSENT));
        assertThat(read("to/copy")).isEqualTo("content");
        assertThat(read("to/other")).isEqualTo("another");
        StoredObject seen = storage().stat(key("to/other")).orElseThrow();
        storage().copy(key("from"), 7, key("to/other"), Precondition.unchanged(seen));
        assertThat(read("to/other")).isEqualTo("content");
    }

    /** Whether the store looks at the preconditions of copies. */
    protected boolean checksCopies() {
        return true;
    }

    /** Whether the store looks and stores in one step. */
    protected boolean isAtomic() {
        return true;
    }

    @Test
    void ofWritersOfOneNewObjectAtOnceOneWins() throws Exception {
        org.junit.jupiter.api.Assumptions.assumeTrue(isAtomic());
        int writers = 4;
        java.util.concurrent.ExecutorService executor = java.util.concurrent.Executors.newFixedThreadPool(writers);
        try {
            List<java.util.concurrent.Callable<Boolean>> all = new ArrayList<>();
            for (int i = 0; i < writers; i++) {
                String content = "by writer " + i;
                all.add(() -> {
                    try {
                        putIf(Precondition.ABSENT, "prize", content);
                        return true;
                    } catch (MedusaException refused) {
                        return false;
                    }
                });
            }
            int won = 0;
            for (var answer : executor.invokeAll(all)) {
                won += answer.get() ? 1 : 0;
            }
            assertThat(won).isEqualTo(1);
        } finally {
            executor.shutdownNow();
        }
    }

    private String read(String key, long offset, long length) throws IOException {
        try (InputStream in = storage().open(key(key), offset, length).orElseThrow()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void readsAnyPartOfAnObject() throws IOException {
        put("a/digits", "0123456789");
        assertThat(read("a/digits", 0, 3)).isEqualTo("012");
        assertThat(read("a/digits", 3, 4)).isEqualTo("3456");
        assertThat(read("a/digits", 8, 100)).as("it ends before").isEqualTo("89");
        assertThat(read("a/digits", 7, Long.MAX_VALUE)).isEqualTo("789");
        assertThat(storage().open(key("a/no"), 3, 4)).isEmpty();
    }

    @Test
    void splitsAPrefixIntoOnesThatTogetherHoldTheSame() {
        List<String> keys = List.of("p/a/1", "p/a/2", "p/b/c/3", "p/b/d/4", "p/e/5");
        keys.forEach(key -> put(key, "x"));
        put("pa/6", "x");
        assertThat(storage().split("p/").stream().flatMap(below -> list(below).stream()))
                .containsExactlyInAnyOrderElementsOf(keys);
        put("p/direct", "x");
        assertThat(storage().split("p/").stream().flatMap(below -> list(below).stream()))
                .hasSize(6)
                .contains("p/direct")
                .doesNotHaveDuplicates();
        assertThat(storage().split("nothing/").stream().flatMap(below -> list(below).stream()))
                .isEmpty();
    }

    /** A size from which on objects are stored in parts; 0 where the store never does that. */
    protected int multipartSize() {
        return 0;
    }

    private ObjectSource large(int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        return new ObjectSource.OfFile(Files.write(directory.resolve("large-" + size), bytes), size);
    }

    @Test
    void anObjectOfPartsIsNotVisibleBeforeItIsCompleteAndThenTheSame() throws IOException {
        ObjectSource source = large(Math.max(1000, multipartSize()));
        Optional<MultipartUpload> offered = storage().multipart(key("large"), source);
        assertThat(offered.isPresent()).isEqualTo(multipartSize() > 0);
        StoredObject whole = storage().put(key("whole"), source);
        if (offered.isEmpty()) {
            return;
        }
        MultipartUpload upload = offered.get();
        assertThat(IntStream.range(0, upload.parts()).mapToLong(upload::size).sum())
                .isEqualTo(source.size());
        for (int part = upload.parts() - 1; part >= 0; part--) {
            upload.put(part);
        }
        upload.put(0);
        assertThat(list("large")).isEmpty();
        assertThat(storage().open(key("large"))).isEmpty();
        StoredObject stored = upload.complete();
        assertThat(stored.size()).isEqualTo(source.size());
        assertThat(stored.knownHash()).isEqualTo(whole.knownHash());
        try (InputStream in = storage().open(key("large")).orElseThrow()) {
            assertThat(in.readAllBytes()).isEqualTo(Files.readAllBytes(directory.resolve("large-" + source.size())));
        }
    }

    @Test
    void anAbortedMultipartUploadLeavesNothing() throws IOException {
        Optional<MultipartUpload> offered = storage().multipart(key("large"), large(Math.max(1000, multipartSize())));
        if (offered.isPresent()) {
            offered.get().put(0);
            offered.get().abort();
        }
        assertThat(list("")).isEmpty();
        assertThat(storage().unfinishedUploads("")).isEmpty();
    }

    /**
     * Locks an object, so that the store must keep it.
     *
     * @return {@code false} where the store under test cannot do that
     */
    protected boolean lock(ObjectKey locked) {
        return false;
    }

    @Test
    void lockedObjectsStayAndAreNamedAndTheOthersGo() {
        put("a/1", "x");
        put("a/locked", "x");
        put("a/3", "x");
        boolean isLocked = lock(key("a/locked"));
        List<ObjectKey> kept = storage().deleteAll(List.of(key("a/1"), key("a/locked"), key("a/3")));
        assertThat(kept).isEqualTo(isLocked ? List.of(key("a/locked")) : List.of());
        assertThat(list("a/")).isEqualTo(isLocked ? List.of("a/locked") : List.of());
    }

    @Test
    void anInterruptedThreadStoresAllOrNothingAndSaysThatItWasInterrupted() throws IOException {
        ObjectSource source = large(3 << 20);
        ObjectStorage storage = storage();
        Thread.currentThread().interrupt();
        boolean stored = true;
        try {
            storage.put(key("large"), source);
        } catch (MedusaException failed) {
            stored = false;
            assertThat(failed.kind()).isEqualTo(io.medusa.error.FailureKind.INTERRUPTED);
        } finally {
            boolean unused = Thread.interrupted();
        }
        assertThat(list("")).isEqualTo(stored ? List.of("large") : List.of());
        put("next", "the store still works");
        assertThat(list("next")).containsExactly("next");
    }
}
