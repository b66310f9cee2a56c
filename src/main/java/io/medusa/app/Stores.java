package io.medusa.app;

import io.medusa.config.MedusaConfig;
import io.medusa.config.StorageTarget;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.azure.AzureSettings;
import io.medusa.storage.azure.AzureStorage;
import io.medusa.storage.gcs.GcsSettings;
import io.medusa.storage.gcs.GcsStorage;
import io.medusa.storage.local.LocalStorage;
import io.medusa.storage.s3.S3Settings;
import io.medusa.storage.s3.S3Storage;
import io.medusa.transfer.Concurrency;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/** The store that a configuration names, and how much moves at once there. */
final class Stores {
    /** Transfers, lookups and heartbeats at once. */
    private static final int CONNECTIONS = 300;

    private static final int MOST_TRANSFERS = 64;
    /** Buffers of ours, of the SDK and of TLS. */
    private static final long MEMORY_OF_A_TRANSFER = 1 << 20;
    /** The same where the SDK holds a chunk in memory until it has arrived. */
    private static final long MEMORY_OF_A_CHUNK = 9 << 20;

    private Stores() {}

    /** The bucket, not yet connected to. */
    static ObjectStorage open(StorageTarget target) {
        requireBase(target);
        if (target instanceof StorageTarget.Local local) {
            return new LocalStorage(local.bucket());
        }
        if (target instanceof StorageTarget.S3 s3) {
            return new S3Storage(new S3Settings(
                    s3.bucket(),
                    s3.region(),
                    s3.endpoint(),
                    s3.pathStyle(),
                    new S3Settings.Credentials(s3.keyFile(), s3.profile()),
                    new S3Settings.Certificates(s3.verified(), s3.authorities()),
                    s3.storageClass(),
                    s3.kmsKey(),
                    s3.customerKey(),
                    s3.parts().threshold(),
                    s3.parts().size(),
                    s3.readTimeout(),
                    CONNECTIONS));
        }
        if (target instanceof StorageTarget.Gcs gcs) {
            return new GcsStorage(new GcsSettings(
                    gcs.bucket(), gcs.keyFile(), gcs.endpoint(), gcs.storageClass(), gcs.readTimeout()));
        }
        StorageTarget.Azure azure = (StorageTarget.Azure) target;
        return new AzureStorage(new AzureSettings(
                azure.container(),
                azure.account(),
                azure.url(),
                azure.key(),
                azure.verified(),
                azure.authorities(),
                azure.tier(),
                azure.parts().threshold(),
                azure.parts().size(),
                azure.readTimeout()));
    }

    /**
     * Checks that the directory of a local bucket exists. A file system that is not mounted looks like an empty bucket, and a backup
     * would end up on the disk below its mount point.
     *
     * @throws MedusaException of kind STORAGE_UNAVAILABLE if it does not
     */
    static void requireBase(StorageTarget target) {
        if (target instanceof StorageTarget.Local local) {
            Path base = local.bucket().toAbsolutePath().getParent();
            if (base != null && !Files.isDirectory(base)) {
                throw new MedusaException(
                        FailureKind.STORAGE_UNAVAILABLE,
                        "base_path in [storage], " + base
                                + ", is not a directory: is its file system mounted? If it is new, make it");
            }
        }
    }

    /** How much moves at once: as configured, or found by trying within what memory allows. */
    static Concurrency concurrency(MedusaConfig.Storage settings, ObjectStorage storage) {
        OptionalInt files = settings.concurrentTransfers();
        if (!(settings.target() instanceof StorageTarget.Remote remote)) {
            return Concurrency.fixed(
                    files.orElse(Math.max(2, Runtime.getRuntime().availableProcessors())));
        }
        if (files.isPresent()) {
            return Concurrency.fixed(Math.min(files.getAsInt() * remote.parts().concurrency(), CONNECTIONS));
        }
        long heap = Runtime.getRuntime().maxMemory();
        long each = remote instanceof StorageTarget.S3 ? MEMORY_OF_A_TRANSFER : MEMORY_OF_A_CHUNK;
        int most = (int) Math.min(MOST_TRANSFERS, Math.max(2, heap / 2 / each));
        return Concurrency.automatic(most, () -> storage.traffic().throttled());
    }
}
