package io.medusa.restore;

import io.medusa.cassandra.DataDigest;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.Component;
import io.medusa.model.Count;
import io.medusa.storage.ContentHasher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares Data components with Cassandra's own checksum if the manifest's hash cannot verify them. If there is no checksum
 * either, only the size was checked; that is logged, but does not fail the restore.
 */
final class DigestCheck {
    private static final Logger LOG = LoggerFactory.getLogger(DigestCheck.class);

    private DigestCheck() {}

    /** @param doubtful items of the plan that were downloaded and could not be compared with the manifest */
    static void run(FetchPlan plan, Collection<FetchItem> doubtful) {
        List<FetchItem> unchecked = new ArrayList<>();
        for (FetchItem item : doubtful) {
            Path digest = item.target()
                    .resolveSibling(item.entry()
                            .sstable()
                            .filter(name -> name.component() == Component.DATA)
                            .map(name -> name.fileOf(Component.DIGEST))
                            .orElse(""));
            try {
                Optional<Boolean> matches = matches(item.target(), plan.linked().getOrDefault(digest, digest));
                if (matches.isEmpty() || item.entry().damage() != null) {
                    unchecked.add(item);
                } else if (!matches.get()) {
                    ObjectDownload.delete(item.target());
                    throw ObjectDownload.damaged(item.entry(), "does not match its " + Component.DIGEST.ending());
                }
            } catch (IOException failed) {
                throw Failures.ofFile("reading " + item.target(), failed, FailureKind.LOCAL_FILE);
            }
        }
        if (!unchecked.isEmpty()) {
            LOG.warn(
                    "Only the size of {} could be checked, such as {}: {}. medusa verify --level content lists all of"
                            + " them",
                    Count.of(unchecked.size(), "object"),
                    unchecked.get(0).entry().key(),
                    unchecked.get(0).entry().knownHash().isEmpty()
                            ? "the manifest has no hash"
                            : "the manifest's hash is of parts of unknown size, or a tag of the store");
        }
    }

    /** Whether a Data component matches its digest; empty if there is no digest. */
    private static Optional<Boolean> matches(Path data, Path digest) throws IOException {
        if (!Files.isRegularFile(digest)) {
            return Optional.empty();
        }
        String text = Files.readString(digest, StandardCharsets.ISO_8859_1);
        CRC32 checksum = new CRC32();
        try (FileChannel in = FileChannel.open(data)) {
            ByteBuffer buffer = ContentHasher.buffer();
            while (in.read(buffer) >= 0) {
                checksum.update(buffer.flip());
                buffer.clear();
            }
        }
        return Optional.of(DataDigest.matches(text, checksum.getValue()));
    }
}
