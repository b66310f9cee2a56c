package io.medusa.storage.gcs;

import com.google.cloud.ReadChannel;
import com.google.cloud.storage.Blob;
import com.google.cloud.storage.BlobId;
import com.google.cloud.storage.BlobInfo;
import com.google.cloud.storage.Storage;
import com.google.cloud.storage.Storage.BlobField;
import com.google.cloud.storage.Storage.BlobListOption;
import com.google.cloud.storage.StorageBatch;
import com.google.cloud.storage.StorageBatchResult;
import com.google.cloud.storage.StorageClass;
import com.google.cloud.storage.StorageException;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import io.medusa.storage.ContentStream;
import io.medusa.storage.HashRule;
import io.medusa.storage.HashedSource;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.Overwriting;
import io.medusa.storage.Precondition;
import io.medusa.storage.StoredObject;
import io.medusa.storage.Traffic;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bucket of Google Cloud Storage.
 *
 * <p>Every object is stored in one piece, large ones by a resumable upload, so that it has an MD5: composite objects have none, and
 * other programs that share the bucket need one. The MD5 is sent before the bytes, so that the store rejects corrupted ones.
 */
public final class GcsStorage implements ObjectStorage {
    private static final Logger LOG = LoggerFactory.getLogger(GcsStorage.class);
    /** The largest object that is sent in one request; larger ones use a resumable upload. */
    private static final int SIMPLE = 1 << 20;
    /** The bytes per request of a resumable upload, which are kept in memory until they have arrived. */
    private static final int CHUNK = 8 << 20;

    private static final int FIRST_READ = 64 * 1024;
    private static final int PAGE = 1000;
    private static final int DELETED_AT_ONCE = 100;
    private static final int PRECONDITION_FAILED = 412;

    private final GcsSettings settings;
    private final Traffic traffic = new Traffic();
    private @Nullable Storage opened;
    private final GcsFailures failures;
    private volatile boolean bucketSeen;

    /** Connects when it is first used. */
    public GcsStorage(GcsSettings settings) {
        this.settings = settings;
        this.failures = new GcsFailures(settings.bucket(), describe());
        if (settings.keyFile().isPresent()) {
            // a wrong file is reported at once
            opened = GcsClients.create(settings, traffic);
        }
    }

    /** The credentials of a machine come from its metadata server, which may not answer yet when a pod starts. */
    private synchronized Storage client() {
        Storage client = opened;
        if (client == null) {
            client = GcsClients.create(settings, traffic);
            opened = client;
        }
        return client;
    }

    private <T> T call(String kind, String operation, String what, Supplier<T> request) {
        traffic.request(kind);
        try {
            return request.get();
        } catch (StorageException failed) {
            throw failures.of(operation, what, failed);
        }
    }

    private BlobId id(ObjectKey key) {
        return BlobId.of(settings.bucket(), key.value());
    }

    private BlobInfo.Builder info(ObjectKey key) {
        BlobInfo.Builder info = BlobInfo.newBuilder(id(key)).setContentType("application/octet-stream");
        settings.storageClass()
                .ifPresent(name -> info.setStorageClass(StorageClass.valueOf(name.toUpperCase(Locale.ROOT))));
        return info;
    }

    @Override
    public StoredObject put(ObjectKey key, ObjectSource source) {
        return put(key, source, Precondition.NONE);
    }

    @Override
    public StoredObject put(ObjectKey key, ObjectSource source, Precondition when) {
        String what = "storing " + source.describe() + " as " + key;
        OptionalLong generation = generation(what, key, when);
        try (HashedSource hashed = HashedSource.read(source)) {
            BlobInfo info = info(key).setMd5(hashed.md5().toBase64()).build();
            Blob stored = callIf("insert", "put", what, () -> insert(hashed, info, generation, what));
            StoredObject object = stored(stored);
            if (object.knownHash().filter(hashed.md5()::contradicts).isPresent()) {
                deleteAll(List.of(key));
                throw new MedusaException(
                        FailureKind.STORAGE_UNAVAILABLE,
                        what + " in " + describe()
                                + ": the store received different bytes than were sent. They were deleted again."
                                + " Something between this machine and the store corrupts data");
            }
            return new StoredObject(key, source.size(), hashed.md5(), object.modified());
        } catch (IOException unreadable) {
            throw Failures.ofFile(what, unreadable, FailureKind.LOCAL_FILE);
        }
    }

    /** The generation that the object must have to be replaced: 0 for a missing object, empty for any. */
    private OptionalLong generation(String what, ObjectKey key, Precondition when) {
        if (when.isNone()) {
            return OptionalLong.empty();
        }
        if (when.isAbsent()) {
            return OptionalLong.of(0);
        }
        Optional<Blob> there = call("get", "get", what, () -> Optional.ofNullable(client().get(id(key))));
        when.check(what + " in " + describe(), there.map(GcsStorage::stored));
        return OptionalLong.of(there.map(Blob::getGeneration).orElse(0L));
    }

    private <T> T callIf(String kind, String operation, String what, Supplier<T> request) {
        return call(kind, operation, what, () -> {
            try {
                return request.get();
            } catch (StorageException failed) {
                if (failed.getCode() == PRECONDITION_FAILED) {
                    throw Precondition.notMet(what + " in " + describe(), failed);
                }
                throw failed;
            }
        });
    }

    @Override
    public Overwriting overwriting() {
        return Overwriting.PREVENTED;
    }

    /** The client always sends the MD5 of a small object, but that of a large one only on request. */
    @SuppressWarnings("deprecation")
    private Blob insert(HashedSource source, BlobInfo info, OptionalLong generation, String what) {
        try (InputStream in = source.open()) {
            if (source.size() <= SIMPLE) {
                Storage.BlobTargetOption[] options = targetOptions(generation);
                return client().create(info, in.readAllBytes(), options);
            }
            List<Storage.BlobWriteOption> options = new ArrayList<>(List.of(Storage.BlobWriteOption.md5Match()));
            generation.ifPresent(number -> options.add(Storage.BlobWriteOption.generationMatch(number)));
            return client().createFrom(info, in, CHUNK, options.toArray(new Storage.BlobWriteOption[0]));
        } catch (IOException unreadable) {
            throw Failures.ofFile(what, unreadable, FailureKind.LOCAL_FILE);
        }
    }

    private static Storage.BlobTargetOption[] targetOptions(OptionalLong generation) {
        return generation.stream()
                .mapToObj(Storage.BlobTargetOption::generationMatch)
                .toArray(Storage.BlobTargetOption[]::new);
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to) {
        return copy(from, size, to, Precondition.NONE);
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to, Precondition when) {
        String what = "copying " + from + " to " + to;
        OptionalLong generation = generation(what, to, when);
        return callIf(
                "rewrite",
                "copy",
                what,
                () -> stored(client().copy(Storage.CopyRequest.newBuilder()
                                .setSource(id(from))
                                .setTarget(info(to).build(), targetOptions(generation))
                                .build())
                        .getResult()));
    }

    private static StoredObject stored(BlobInfo blob) {
        return new StoredObject(
                new ObjectKey(blob.getName()),
                blob.getSize(),
                ContentHash.parse(blob.getMd5()).orElse(null),
                blob.getCreateTimeOffsetDateTime() == null
                        ? Instant.now()
                        : blob.getCreateTimeOffsetDateTime().toInstant());
    }

    @Override
    public Optional<InputStream> open(ObjectKey key, long offset, long length) {
        String what = "reading " + key;
        traffic.request("get");
        try {
            ReadChannel channel = client().reader(id(key));
            // a single answer, streamed
            channel.setChunkSize(0);
            if (offset > 0) {
                channel.seek(offset);
            }
            if (length != Long.MAX_VALUE) {
                channel.limit(offset + length);
            }
            // only the first read tells whether the object exists
            ByteBuffer first = ByteBuffer.allocate(FIRST_READ);
            int read = channel.read(first);
            InputStream beginning = new java.io.ByteArrayInputStream(first.array(), 0, Math.max(0, read));
            return Optional.of(new ContentStream(
                    new SequenceInputStream(beginning, Channels.newInputStream(channel)), what + " in " + describe()));
        } catch (StorageException failed) {
            return absent("get", what, failed);
        } catch (IOException failed) {
            if (failed.getCause() instanceof StorageException storage) {
                return absent("get", what, storage);
            }
            throw Failures.ofFile(what + " in " + describe(), failed, FailureKind.STORAGE_UNAVAILABLE);
        }
    }

    private <T> Optional<T> absent(String operation, String what, StorageException failed) {
        if (!GcsFailures.isNotFound(failed)) {
            throw failures.of(operation, what, failed);
        }
        checkBucket(what);
        return Optional.empty();
    }

    /** An answer does not tell a missing object from a missing bucket. */
    private void checkBucket(String what) {
        if (bucketSeen) {
            return;
        }
        try {
            // listing needs no additional permission
            client().list(settings.bucket(), BlobListOption.pageSize(1));
        } catch (StorageException failed) {
            if (GcsFailures.isNotFound(failed)) {
                throw failures.missingBucket(what);
            }
            // the bucket can be usable without the permission to list it
        }
        bucketSeen = true;
    }

    @Override
    public Optional<StoredObject> stat(ObjectKey key) {
        String what = "looking for " + key;
        Optional<Blob> found = call("get", "get", what, () -> Optional.ofNullable(client().get(id(key))));
        if (found.isEmpty()) {
            checkBucket(what);
        }
        return found.map(GcsStorage::stored);
    }

    @Override
    public Stream<StoredObject> list(String prefix) {
        return blobs(prefix).filter(blob -> ObjectKey.isValid(blob.getName())).map(GcsStorage::stored);
    }

    private Stream<Blob> blobs(String prefix, BlobListOption... more) {
        List<BlobListOption> options = new ArrayList<>(List.of(
                BlobListOption.prefix(prefix),
                BlobListOption.pageSize(PAGE),
                BlobListOption.fields(BlobField.NAME, BlobField.SIZE, BlobField.MD5HASH, BlobField.TIME_CREATED)));
        options.addAll(List.of(more));
        String what = "listing " + prefix;
        return io.medusa.storage.Pages.of(
                (Optional<com.google.api.gax.paging.Page<Blob>> before) -> call(
                        "list",
                        "list",
                        what,
                        () -> before.isEmpty()
                                ? client().list(settings.bucket(), options.toArray(new BlobListOption[0]))
                                : before.get().getNextPage()),
                page -> Optional.of(page).filter(com.google.api.gax.paging.Page::hasNextPage),
                page -> StreamSupport.stream(page.getValues().spliterator(), false));
    }

    @Override
    public List<String> directories(String prefix) {
        return blobs(prefix, BlobListOption.currentDirectory())
                .filter(Blob::isDirectory)
                .map(blob ->
                        blob.getName().substring(prefix.length(), blob.getName().length() - 1))
                .filter(name -> !name.isEmpty())
                .toList();
    }

    @Override
    public List<String> split(String prefix) {
        List<Blob> level = blobs(prefix, BlobListOption.currentDirectory()).toList();
        return level.size() > 1 && level.stream().allMatch(Blob::isDirectory)
                ? level.stream().map(Blob::getName).toList()
                : List.of(prefix);
    }

    @Override
    public List<ObjectKey> deleteAll(Collection<ObjectKey> keys) {
        List<ObjectKey> all = List.copyOf(keys);
        List<ObjectKey> kept = new ArrayList<>();
        for (int from = 0; from < all.size(); from += DELETED_AT_ONCE) {
            List<ObjectKey> some = all.subList(from, Math.min(all.size(), from + DELETED_AT_ONCE));
            String what = "deleting " + some.get(0) + (some.size() > 1 ? " and " + (some.size() - 1) + " more" : "");
            call("delete", "delete", what, () -> {
                if (some.size() == 1) {
                    noteIfKept(some.get(0), kept, () -> client().delete(id(some.get(0))));
                    return true;
                }
                StorageBatch batch = client().batch();
                List<StorageBatchResult<Boolean>> results =
                        some.stream().map(key -> batch.delete(id(key))).toList();
                batch.submit();
                // throws if it failed; a missing object is an answer
                for (int i = 0; i < results.size(); i++) {
                    noteIfKept(some.get(i), kept, results.get(i)::get);
                }
                return true;
            });
        }
        return kept;
    }

    private static void noteIfKept(ObjectKey key, List<ObjectKey> kept, Supplier<Boolean> deletion) {
        try {
            boolean unused = deletion.get();
        } catch (StorageException failed) {
            if (!GcsFailures.isKept(failed)) {
                throw failed;
            }
            kept.add(key);
        }
    }

    @Override
    public HashRule hashRule() {
        return HashRule.PLAIN_BASE64;
    }

    @Override
    public Traffic.Counts traffic() {
        return traffic.counts();
    }

    @Override
    public String describe() {
        return "bucket " + settings.bucket()
                + settings.endpoint().map(uri -> " at " + uri.getAuthority()).orElse(" of Google Cloud Storage");
    }

    @Override
    public synchronized void close() {
        try {
            if (opened != null) {
                opened.close();
            }
        } catch (Exception failed) {
            // the client holds no data
            LOG.debug("Closing {}", describe(), failed);
        }
    }
}
