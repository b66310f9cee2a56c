package io.medusa.storage.azure;

import com.azure.core.http.rest.PagedIterable;
import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.core.util.polling.LongRunningOperationStatus;
import com.azure.core.util.polling.PollResponse;
import com.azure.core.util.polling.SyncPoller;
import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.BlobServiceClient;
import com.azure.storage.blob.batch.BlobBatchClientBuilder;
import com.azure.storage.blob.models.BlobCopyInfo;
import com.azure.storage.blob.models.BlobHttpHeaders;
import com.azure.storage.blob.models.BlobItem;
import com.azure.storage.blob.models.BlobListDetails;
import com.azure.storage.blob.models.BlobRange;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.BlobStorageException;
import com.azure.storage.blob.models.BlockBlobItem;
import com.azure.storage.blob.models.ListBlobsOptions;
import com.azure.storage.blob.options.BlobBeginCopyOptions;
import com.azure.storage.blob.options.BlobInputStreamOptions;
import com.azure.storage.blob.options.BlockBlobSimpleUploadOptions;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.storage.ContentStream;
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
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * A container of Azure Blob Storage.
 *
 * <p>Every request carries the MD5 of its bytes, so that the store rejects corrupted ones. Every blob, including those made of blocks,
 * gets the MD5 of its whole content as a property.
 */
public final class AzureStorage implements ObjectStorage {
    private static final int PAGE = 5000;
    private static final int READ_AT_ONCE = 4 << 20;
    private static final Duration POLL = Duration.ofMillis(200);

    private final AzureSettings settings;
    private final Traffic traffic = new Traffic();
    private final BlobContainerClient container;
    private final AzureCalls calls;
    private final AzureDeletion deletion;

    /** Connects on first use. */
    public AzureStorage(AzureSettings settings) {
        this.settings = settings;
        BlobServiceClient service = AzureClients.create(settings, traffic);
        this.container = service.getBlobContainerClient(settings.container());
        this.calls = new AzureCalls(settings, container);
        this.deletion = new AzureDeletion(calls, new BlobBatchClientBuilder(service).buildClient());
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
        BlobRequestConditions conditions = calls.conditions(what, key, when);
        try (HashedSource hashed = HashedSource.read(source)) {
            byte[] md5 = hashed.md5().bytes();
            BlockBlobItem stored = calls.callIf("put", what, () -> {
                try (InputStream in = new ReplayableStream(hashed)) {
                    return calls.blob(key)
                            .uploadWithResponse(
                                    new BlockBlobSimpleUploadOptions(BinaryData.fromStream(in, source.size()))
                                            .setContentMd5(md5)
                                            .setHeaders(new BlobHttpHeaders().setContentMd5(md5))
                                            .setTier(calls.tier(source))
                                            .setRequestConditions(conditions),
                                    null,
                                    Context.NONE)
                            .getValue();
                } catch (IOException unreadable) {
                    throw Failures.ofFile(what, unreadable, FailureKind.LOCAL_FILE);
                }
            });
            return new StoredObject(key, source.size(), hashed.md5(), AzureCalls.time(stored));
        } catch (IOException unreadable) {
            throw Failures.ofFile(what, unreadable, FailureKind.LOCAL_FILE);
        }
    }

    @Override
    public Overwriting overwriting() {
        return Overwriting.PREVENTED;
    }

    @Override
    public Optional<MultipartUpload> multipart(ObjectKey key, ObjectSource source, Precondition when) {
        return source.size() < settings.threshold()
                ? Optional.empty()
                : Optional.of(new AzureUpload(calls, key, source, settings.blockSize(), when));
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to) {
        return copy(from, size, to, Precondition.NONE);
    }

    @Override
    public StoredObject copy(ObjectKey from, long size, ObjectKey to, Precondition when) {
        String what = "copying " + from + " to " + to;
        BlobRequestConditions conditions = calls.conditions(what, to, when);
        calls.callIf("copy", what, () -> {
            SyncPoller<BlobCopyInfo, Void> copy = calls.blob(to)
                    .beginCopy(new BlobBeginCopyOptions(calls.blob(from).getBlobUrl())
                            .setTier(calls.readableTier())
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
            InputStream content = calls.blob(key)
                    .openInputStream(
                            new BlobInputStreamOptions().setRange(range).setBlockSize(READ_AT_ONCE));
            return Optional.of(new ContentStream(content, what + " in " + describe()));
        } catch (BlobStorageException failed) {
            if (AzureFailures.isMissingBlob(failed)) {
                return Optional.empty();
            }
            throw calls.failure("get", what, failed);
        } catch (RuntimeException failed) {
            throw calls.failure("get", what, failed);
        }
    }

    @Override
    public Optional<StoredObject> stat(ObjectKey key) {
        return calls.stat(key);
    }

    @Override
    public Stream<StoredObject> list(String prefix) {
        return pages(prefix, () -> container.listBlobs(options(prefix), null))
                .filter(blob -> ObjectKey.isValid(blob.getName()) && !isDirectory(blob))
                .map(blob -> new StoredObject(
                        new ObjectKey(blob.getName()),
                        blob.getProperties().getContentLength(),
                        AzureCalls.hash(blob.getProperties().getContentMd5()),
                        blob.getProperties().getLastModified().toInstant()));
    }

    private static ListBlobsOptions options(String prefix) {
        return new ListBlobsOptions()
                .setPrefix(prefix)
                .setMaxResultsPerPage(PAGE)
                .setDetails(new BlobListDetails().setRetrieveMetadata(true));
    }

    /** Accounts with a hierarchical namespace also list directories, as blobs without content. */
    private static boolean isDirectory(BlobItem blob) {
        Map<String, String> metadata = blob.getMetadata();
        return metadata != null && "true".equals(metadata.get("hdi_isfolder"));
    }

    /** Lists page by page; each page is fetched when the previous one has been consumed. */
    private Stream<BlobItem> pages(String prefix, Supplier<PagedIterable<BlobItem>> listing) {
        String what = "listing " + prefix;
        var pages =
                calls.call("list", what, () -> listing.get().iterableByPage().iterator());
        return io.medusa.storage.Pages.of(
                (Optional<Boolean> before) -> calls.call("list", what, pages::next),
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
        return deletion.deleteAll(keys);
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
        return calls.describe();
    }

    @Override
    public void close() {
        // the client's connections end with the process
    }
}
