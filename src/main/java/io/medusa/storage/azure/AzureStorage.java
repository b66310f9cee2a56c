package io.medusa.storage.azure;

import com.azure.core.http.rest.PagedIterable;
import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.core.util.polling.LongRunningOperationStatus;
import com.azure.core.util.polling.PollResponse;
import com.azure.core.util.polling.SyncPoller;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClient;
import com.azure.storage.blob.batch.BlobBatch;
import com.azure.storage.blob.batch.BlobBatchClient;
import com.azure.storage.blob.batch.BlobBatchClientBuilder;
import com.azure.storage.blob.models.AccessTier;
import com.azure.storage.blob.models.BlobCopyInfo;
import com.azure.storage.blob.models.BlobErrorCode;
import com.azure.storage.blob.models.BlobHttpHeaders;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobListDetails;
import com.azure.storage.blob.models.BlobProperties;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.BlobStorageException;
import com.azure.storage.blob.models.BlockBlobItem;
import com.azure.storage.blob.models.ListBlobsOptions;
import com.azure.storage.blob.options.BlobBeginCopyOptions;
import com.azure.storage.blob.options.BlobInputStreamOptions;
import com.azure.storage.blob.options.BlockBlobSimpleUploadOptions;
import com.azure.storage.blob.specialized.BlockBlobClient;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import io.medusa.storage.HashRule;
import io.medusa.storage.HashedSource;
import io.medusa.storage.MultipartUpload;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.Overwriting;
import io.medusa.storage.Precondition;
import io.medusa.storage.StoredObject;
import io.medusa.storage.Traffic;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A container of Azure Blob Storage.
 *
 * <p>Every request carries the MD5 of its bytes, so that the store refuses other ones, and every blob gets the MD5 of its whole
 * content as a property, those that are put together of blocks, too.
 */
public final class AzureStorage implements ObjectStorage {
    private static final int PAGE = 5000;
    private static final int DELETED_AT_ONCE = 256;
    private static final int READ_AT_ONCE = 4 << 20;
    private static final Duration POLL = Duration.ofMillis(200);
    private static final int NOT_FOUND = 404;
    private static final int PRECONDITION_FAILED = 412;

    private final AzureSettings settings;
    private final Traffic traffic = new Traffic();
    private final BlobContainerClient container;
    private final BlobBatchClient batches;
    private final AzureFailures failures;
    private final @Nullable AccessTier tier;

    /** Connects when it is first used. */
    public AzureStorage(AzureSettings settings) {
        this.settings = settings;
        BlobServiceClient service = AzureClients.create(settings, traffic);
        this.container = service.getBlobContainerClient(settings.container());
        this.batches = new BlobBatchClientBuilder(service).buildClient();
        this.failures = new AzureFailures(settings.container(), describe());
        this.tier = settings.tier()
                .map(AzureStorage::capitalised)
                .map(AccessTier::fromString)
                .orElse(null);
    }

    private static String capitalised(String word) {
        return word.substring(0, 1).toUpperCase(java.util.Locale.ROOT)
                + word.substring(1).toLowerCase(java.util.Locale.ROOT);
    }

    /** Makes a request; what goes wrong becomes a failure of one line. */
    <T> T call(String operation, String what, Supplier<T> request) {
        try {
            return request.get();
        } catch (MedusaException own) {
            throw own;
        } catch (RuntimeException failed) {
            throw failures.of(operation, what, failed);
        }
    }

    BlockBlobClient blob(ObjectKey key) {
        return container.getBlobClient(key.value()).getBlockBlobClient();
    }

    /** For what must be readable at any time: the account's own instead of an archive. */
    private @Nullable AccessTier readableTier() {
        return AccessTier.ARCHIVE.equals(tier) ? null : tier;
    }

    /** Texts are what lists and manifests are made of. */
    @Nullable
    AccessTier tier(ObjectSource source) {
        return source instanceof ObjectSource.OfBytes ? readableTier() : tier;
    }

    @Override
    public StoredObject put(ObjectKey key, ObjectSource source) {
        return put(key, source, Precondition.NONE);
    }

    @Override
    public StoredObject put(ObjectKey key, ObjectSource source, Precondition when) {
        Optional<MultipartUpload> parts = multipart(key, source, when);
        if (parts.isPresent()) {
            return parts.get().all();
        }
        String what = "storing " + source.describe() + " as " + key;
        BlobRequestConditions conditions = conditions(what, key, when);
        try (HashedSource hashed = HashedSource.read(source)) {
            byte[] md5 = hashed.md5().bytes();
            BlockBlobItem stored = callIf("put", what, () -> {
                try (InputStream in = new ReplayableStream(hashed)) {
                    return blob(key)
                            .uploadWithResponse(
                                    new BlockBlobSimpleUploadOptions(BinaryData.fromStream(in, source.size()))
                                            .setContentMd5(md5)
                                            .setHeaders(new BlobHttpHeaders().setContentMd5(md5))
                                            .setTier(tier(source))
                                            .setRequestConditions(conditions),
                                    null,
                                    Context.NONE)
                            .getValue();
                } catch (IOException unreadable) {
                    throw Failures.ofFile(what, unreadable, FailureKind.LOCAL_FILE);
                }
            });
            return new StoredObject(key, source.size(), hashed.md5(), time(stored));
        } catch (IOException unreadable) {
            throw Failures.ofFile(what, unreadable, FailureKind.LOCAL_FILE);
        }
    }

    /** The headers that make a request conditional; what must be replaced is looked up, and named by its ETag. */
    BlobRequestConditions conditions(String what, ObjectKey key, Precondition when) {
        BlobRequestConditions conditions = new BlobRequestConditions();
        if (when.isNone()) {
            return conditions;
        }
        if (when.isAbsent()) {
            return conditions.setIfNoneMatch("*");
        }
        Optional<BlobProperties> there = properties(key);
        when.check(what + " in " + describe(), there.map(found -> stored(key, found)));
        return conditions.setIfMatch(there.map(BlobProperties::getETag).orElse(null));
    }

    <T> T callIf(String operation, String what, Supplier<T> request) {
        return call(operation, what, () -> {
            try {
                return request.get();
            } catch (BlobStorageException failed) {
                if (failed.getStatusCode() == PRECONDITION_FAILED
                        || BlobErrorCode.BLOB_ALREADY_EXISTS.equals(failed.getErrorCode())) {
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

    static Instant time(BlockBlobItem stored) {
        return stored.getLastModified() == null
                ? Instant.now()
                : stored.getLastModified().toInstant();
    }

    @Override
    public Optional<MultipartUpload> multipart(ObjectKey key, ObjectSource source, Precondition when) {
        return source.size() < settings.threshold()
                ? Optional.empty()
                : Optional.of(new AzureUpload(this, key, source, settings.blockSize(), when));
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to) {
        return copy(from, size, to, Precondition.NONE);
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to, Precondition when) {
        String what = "copying " + from + " to " + to;
        BlobRequestConditions conditions = conditions(what, to, when);
        callIf("copy", what, () -> {
            SyncPoller<BlobCopyInfo, Void> copy = blob(to).beginCopy(
                            new BlobBeginCopyOptions(blob(from).getBlobUrl())
                                    .setTier(readableTier())
                                    .setDestinationRequestConditions(conditions)
                                    .setPollInterval(POLL));
            PollResponse<BlobCopyInfo> end = copy.waitForCompletion();
            if (!LongRunningOperationStatus.SUCCESSFULLY_COMPLETED.equals(end.getStatus())) {
                throw new MedusaException(
                        FailureKind.STORAGE_UNAVAILABLE,
                        what + " in " + describe() + ": the copy ended as " + end.getStatus());
            }
            return true;
        });
        return stat(to).orElseThrow(() -> new MedusaException(
                FailureKind.STORAGE_UNAVAILABLE, what + " in " + describe() + ": the copy has vanished"));
    }

    @Override
    public Optional<InputStream> open(ObjectKey key, long offset, long length) {
        String what = "reading " + key;
        try {
            BlobRange range = length == Long.MAX_VALUE ? new BlobRange(offset) : new BlobRange(offset, length);
            return Optional.of(blob(key)
                    .openInputStream(
                            new BlobInputStreamOptions().setRange(range).setBlockSize(READ_AT_ONCE)));
        } catch (BlobStorageException failed) {
            if (AzureFailures.isMissingBlob(failed)) {
                return Optional.empty();
            }
            throw failures.of("get", what, failed);
        } catch (RuntimeException failed) {
            throw failures.of("get", what, failed);
        }
    }

    @Override
    public Optional<StoredObject> stat(ObjectKey key) {
        return properties(key).map(found -> stored(key, found));
    }

    private static StoredObject stored(ObjectKey key, BlobProperties found) {
        return new StoredObject(
                key,
                found.getBlobSize(),
                hash(found.getContentMd5()),
                found.getLastModified().toInstant());
    }

    private Optional<BlobProperties> properties(ObjectKey key) {
        String what = "looking for " + key;
        try {
            return Optional.of(blob(key).getProperties());
        } catch (BlobStorageException failed) {
            if (failed.getStatusCode() == NOT_FOUND && exists(what)) {
                return Optional.empty();
            }
            throw failures.of("get", what, failed);
        } catch (RuntimeException failed) {
            throw failures.of("get", what, failed);
        }
    }

    /** Whether the container is there, which an answer without a body does not tell. */
    private boolean exists(String what) {
        return call("list", what, container::exists);
    }

    private static @Nullable ContentHash hash(byte @Nullable [] md5) {
        return md5 == null || md5.length == 0 ? null : ContentHash.ofMd5(md5);
    }

    @Override
    public Stream<StoredObject> list(String prefix) {
        return pages(prefix, () -> container.listBlobs(options(prefix), null))
                .filter(blob -> ObjectKey.isValid(blob.getName()) && !isDirectory(blob))
                .map(blob -> new StoredObject(
                        new ObjectKey(blob.getName()),
                        blob.getProperties().getContentLength(),
                        hash(blob.getProperties().getContentMd5()),
                        blob.getProperties().getLastModified().toInstant()));
    }

    private static ListBlobsOptions options(String prefix) {
        return new ListBlobsOptions()
                .setPrefix(prefix)
                .setMaxResultsPerPage(PAGE)
                .setDetails(new BlobListDetails().setRetrieveMetadata(true));
    }

    /** Accounts with directories list these, too, as blobs without content. */
    private static boolean isDirectory(BlobItem blob) {
        Map<String, String> metadata = blob.getMetadata();
        return metadata != null && "true".equals(metadata.get("hdi_isfolder"));
    }

    /** Page by page, each fetched when the one before has been consumed. */
    private Stream<BlobItem> pages(String prefix, Supplier<PagedIterable<BlobItem>> listing) {
        String what = "listing " + prefix;
        var pages = call("list", what, () -> listing.get().iterableByPage().iterator());
        return io.medusa.storage.Pages.of(
                (Optional<Boolean> before) -> call("list", what, pages::next),
                page -> page.getContinuationToken() == null
                                || page.getContinuationToken().isEmpty()
                        ? Optional.empty()
                        : Optional.of(true),
                page -> page.getValue().stream());
    }

    @Override
    public List<String> directories(String prefix) {
        return pages(prefix, () -> container.listBlobsByHierarchy("/", options(prefix), null))
                .filter(item -> Boolean.TRUE.equals(item.isPrefix()))
                .map(item ->
                        item.getName().substring(prefix.length(), item.getName().length() - 1))
                .filter(name -> !name.isEmpty())
                .toList();
    }

    @Override
    public List<String> split(String prefix) {
        List<BlobItem> level = pages(prefix, () -> container.listBlobsByHierarchy("/", options(prefix), null))
                .toList();
        return level.size() > 1 && level.stream().allMatch(item -> Boolean.TRUE.equals(item.isPrefix()))
                ? level.stream().map(BlobItem::getName).toList()
                : List.of(prefix);
    }

    @Override
    public List<ObjectKey> deleteAll(Collection<ObjectKey> keys) {
        List<ObjectKey> all = List.copyOf(keys);
        List<ObjectKey> kept = new ArrayList<>();
        for (int from = 0; from < all.size(); from += DELETED_AT_ONCE) {
            List<ObjectKey> some = all.subList(from, Math.min(all.size(), from + DELETED_AT_ONCE));
            if (some.size() == 1) {
                delete(some.get(0), kept);
            } else {
                deleteBatch(some, kept);
            }
        }
        return kept;
    }

    private void delete(ObjectKey key, List<ObjectKey> kept) {
        call("delete", "deleting " + key, () -> {
            try {
                return blob(key).deleteIfExists();
            } catch (BlobStorageException failed) {
                if (!AzureFailures.isKept(failed)) {
                    throw failed;
                }
                return kept.add(key);
            }
        });
    }

    private void deleteBatch(List<ObjectKey> some, List<ObjectKey> kept) {
        String what = "deleting " + some.get(0) + " and " + (some.size() - 1) + " more";
        BlobBatch batch = batches.getBlobBatch();
        List<com.azure.core.http.rest.Response<Void>> answers = some.stream()
                .map(key -> batch.deleteBlob(blob(key).getBlobUrl()))
                .toList();
        call("delete", what, () -> batches.submitBatchWithResponse(batch, false, null, Context.NONE));
        for (int i = 0; i < answers.size(); i++) {
            ObjectKey key = some.get(i);
            try {
                int unused = answers.get(i).getStatusCode();
            } catch (BlobStorageException failed) {
                if (AzureFailures.isKept(failed)) {
                    kept.add(key);
                } else if (failed.getStatusCode() != NOT_FOUND) {
                    throw failures.of("delete", "deleting " + key, failed);
                }
            }
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
        return "container " + settings.container() + " of Azure account " + settings.account();
    }

    @Override
    public void close() {
        // the client's connections end with the process
    }
}
