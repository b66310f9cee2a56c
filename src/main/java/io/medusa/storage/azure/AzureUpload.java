package io.medusa.storage.azure;

import com.azure.core.util.BinaryData;
import com.azure.core.util.Context;
import com.azure.storage.blob.models.BlobHttpHeaders;
import com.azure.storage.blob.models.BlobRequestConditions;
import com.azure.storage.blob.models.BlockBlobItem;
import com.azure.storage.blob.options.BlockBlobCommitBlockListOptions;
import com.azure.storage.blob.options.BlockBlobStageBlockOptions;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.ContentHash;
import io.medusa.storage.ContentHasher;
import io.medusa.storage.HashRule;
import io.medusa.storage.HashedSource;
import io.medusa.storage.MultipartUpload;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.Precondition;
import io.medusa.storage.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/** A multipart upload of a blob, whose parts are blocks. The store removes uncommitted blocks after a week. */
final class AzureUpload implements MultipartUpload {
    private static final long MOST_BLOCKS = 50_000;

    private final AzureCalls calls;
    private final ObjectKey key;
    private final ObjectSource source;
    private final long blockSize;
    private final Precondition when;
    private final String what;

    AzureUpload(AzureCalls calls, ObjectKey key, ObjectSource source, long wantedBlockSize, Precondition when) {
        this.calls = calls;
        this.key = key;
        this.source = source;
        long size = wantedBlockSize;
        while (HashRule.parts(source.size(), size) > MOST_BLOCKS) {
            size *= 2;
        }
        this.blockSize = size;
        this.when = when;
        this.what = "storing " + source.describe() + " as " + key;
    }

    @Override
    public int parts() {
        return (int) Math.max(1, HashRule.parts(source.size(), blockSize));
    }

    @Override
    public long size(int part) {
        return Math.min(blockSize, source.size() - part * blockSize);
    }

    private static String id(int part) {
        return Base64.getEncoder()
                .encodeToString(String.format(Locale.ROOT, "%08d", part).getBytes(StandardCharsets.US_ASCII));
    }

    @Override
    public void put(int part) {
        try (HashedSource hashed = HashedSource.read(source.part(part * blockSize, size(part)));
                InputStream in = new ReplayableStream(hashed)) {
            calls.call("put", what, () -> calls.blob(key)
                    .stageBlockWithResponse(
                            new BlockBlobStageBlockOptions(id(part), BinaryData.fromStream(in, size(part)))
                                    .setContentMd5(hashed.md5().bytes()),
                            null,
                            Context.NONE));
        } catch (IOException unreadable) {
            throw Failures.ofFile(what, unreadable, FailureKind.LOCAL_FILE);
        }
    }

    /** The blocks were checked one by one; the hash of the whole blob requires another reading. */
    @Override
    public StoredObject complete() {
        ContentHash md5;
        try (ReadableByteChannel in = source.unpaced().open()) {
            md5 = ContentHasher.of(in, source.size());
        } catch (IOException unreadable) {
            throw Failures.ofFile(what, unreadable, FailureKind.LOCAL_FILE);
        }
        List<String> blocks = new ArrayList<>();
        for (int part = 0; part < parts(); part++) {
            blocks.add(id(part));
        }
        BlobRequestConditions conditions = calls.conditions(what, key, when);
        BlockBlobItem stored = calls.callIf("put", what, () -> calls.blob(key)
                .commitBlockListWithResponse(
                        new BlockBlobCommitBlockListOptions(blocks)
                                .setHeaders(new BlobHttpHeaders().setContentMd5(md5.bytes()))
                                .setTier(calls.tier(source))
                                .setRequestConditions(conditions),
                        null,
                        Context.NONE)
                .getValue());
        return new StoredObject(key, source.size(), md5, AzureCalls.time(stored));
    }

    @Override
    public void abort() {
        // the store does it
    }
}
