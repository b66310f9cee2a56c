package io.medusa.storage.azure;

import com.azure.storage.blob.BlobContainerClient;
import com.azure.storage.blob.models.AccessTier;
import com.azure.storage.blob.models.BlobErrorCode;
import com.azure.storage.blob.models.BlobProperties;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.BlobStorageException;
import com.azure.storage.blob.models.BlockBlobItem;
import com.azure.storage.blob.specialized.BlockBlobClient;
import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.Precondition;
import io.medusa.storage.StoredObject;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Sends requests to one container. Turns exceptions into one-line failures, and preconditions into headers. */
final class AzureCalls {
    private static final int NOT_FOUND = 404;
    private static final int PRECONDITION_FAILED = 412;

    private final AzureSettings settings;
    private final BlobContainerClient container;
    private final AzureFailures failures;
    private final @Nullable AccessTier tier;

    AzureCalls(AzureSettings settings, BlobContainerClient container) {
        this.settings = settings;
        this.container = container;
        this.failures = new AzureFailures(settings.container(), describe());
        this.tier = settings.tier()
                .map(AzureCalls::capitalised)
                .map(AccessTier::fromString)
                .orElse(null);
    }

    private static String capitalised(String word) {
        return word.substring(0, 1).toUpperCase(java.util.Locale.ROOT)
                + word.substring(1).toLowerCase(java.util.Locale.ROOT);
    }

    /** Sends a request. Exceptions become one-line failures. */
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

    /** The tier for objects that must always be readable: the account's default instead of an archive tier. */
    @Nullable
    AccessTier readableTier() {
        return AccessTier.ARCHIVE.equals(tier) ? null : tier;
    }

    /** Texts (meta files and the index) must always be readable. */
    @Nullable
    AccessTier tier(ObjectSource source) {
        return source instanceof ObjectSource.OfBytes ? readableTier() : tier;
    }

    /** The headers that make a request conditional. An object to replace is looked up and identified by its ETag. */
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

    MedusaException failure(String operation, String what, RuntimeException failed) {
        return failures.of(operation, what, failed);
    }

    Optional<StoredObject> stat(ObjectKey key) {
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

    /** Whether the container exists, which an answer without a body does not tell. */
    private boolean exists(String what) {
        return call("list", what, container::exists);
    }

    static @Nullable ContentHash hash(byte @Nullable [] md5) {
        return md5 == null || md5.length == 0 ? null : ContentHash.ofMd5(md5);
    }

    static Instant time(BlockBlobItem stored) {
        return stored.getLastModified() == null
                ? Instant.now()
                : stored.getLastModified().toInstant();
    }

    String describe() {
        return "container " + settings.container() + " of Azure account " + settings.account();
    }
}
