package io.medusa.backup;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.cassandra.SnapshotFile;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.ContentHash;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeName;
import io.medusa.model.SSTable;
import io.medusa.model.TableDirectory;
import io.medusa.repository.BackupTarget;
import io.medusa.repository.RepositoryLayout;
import io.medusa.repository.StoredFile;
import io.medusa.repository.StoredFiles;
import io.medusa.repository.StoredFiles.FileSet;
import io.medusa.repository.StoredFiles.Place;
import io.medusa.storage.HashCheck;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is done with the data of an SSTable, by what the store holds under its name. */
final class UploadPlanTest {
    private static final NodeName NODE = new NodeName("n1");
    private static final TableDirectory TABLE = new TableDirectory("ks", "t-0a1b2c3d");
    private static final String DATA = "nb-1-big-Data.db";
    private static final String DIGEST = "nb-1-big-Digest.crc32";
    private static final RepositoryLayout LAYOUT = new RepositoryLayout("");
    private static final long MODIFIED = 1_700_000_000_123_456_789L;

    /** Hashes of what the node has and of what another SSTable of the same name has. */
    private static final Map<String, ContentHash> OWN = Map.of(DATA, md5('a'), DIGEST, md5('b'));

    private static final Map<String, ContentHash> OTHER = Map.of(DATA, md5('c'), DIGEST, md5('d'));

    private static final Comparison.LocalHashes LOCAL = new Comparison.LocalHashes() {
        @Override
        public ContentHash md5(SnapshotFile file) {
            return OWN.get(file.fileName());
        }

        @Override
        public HashCheck.Answer compare(SnapshotFile file, Optional<ContentHash> expected, long partSize) {
            return expected.isEmpty()
                    ? HashCheck.Answer.UNKNOWN
                    : md5(file).equals(expected.get()) ? HashCheck.Answer.SAME : HashCheck.Answer.DIFFERENT;
        }
    };

    private static ContentHash md5(char digit) {
        return ContentHash.parse(String.valueOf(digit).repeat(32)).orElseThrow();
    }

    private static SnapshotFile file(String name) {
        return new SnapshotFile(Path.of("/snapshot", name), TABLE, "", name, size(name), MODIFIED);
    }

    private static long size(String name) {
        return name.equals(DATA) ? 1000 : 10;
    }

    /**
     * The table.
     *
     * @param mode of the new backup
     * @param where the store has the object: in the node's pool, or in the directory of this full backup
     * @param digest whether the stored digest is that of the node's SSTable, that of another one, or missing
     * @param content whether the object's hash (or the one that is named) is that of the node's file
     * @param object whether it is there in its full length
     * @param named whether a finished backup names it
     * @param pending whether its key is about to be deleted
     * @param action what is to be done with the data
     * @param key where the data is afterwards: the plain key of the backup's place, or a tagged one
     */
    @ParameterizedTest
    @CsvSource(textBlock = """
            # mode,         where, digest,  content, object,    named, pending, action, key
            DIFFERENTIAL,   pool,  same,    same,    intact,    yes,   no,      REUSE,  plain
            DIFFERENTIAL,   pool,  same,    same,    intact,    no,    no,      REUSE,  plain
            DIFFERENTIAL,   pool,  same,    other,   intact,    no,    no,      UPLOAD, tagged
            DIFFERENTIAL,   pool,  same,    same,    truncated, yes,   no,      REPAIR, plain
            DIFFERENTIAL,   pool,  same,    same,    truncated, no,    no,      UPLOAD, tagged
            DIFFERENTIAL,   pool,  same,    same,    missing,   yes,   no,      REPAIR, plain
            DIFFERENTIAL,   pool,  same,    other,   missing,   yes,   no,      UPLOAD, tagged
            DIFFERENTIAL,   pool,  same,    same,    missing,   no,    no,      UPLOAD, plain
            DIFFERENTIAL,   pool,  other,   other,   intact,    yes,   no,      UPLOAD, tagged
            DIFFERENTIAL,   pool,  other,   other,   intact,    no,    no,      UPLOAD, tagged
            DIFFERENTIAL,   pool,  other,   same,    intact,    no,    no,      UPLOAD, tagged
            DIFFERENTIAL,   pool,  other,   other,   truncated, yes,   no,      UPLOAD, tagged
            DIFFERENTIAL,   pool,  other,   other,   missing,   yes,   no,      UPLOAD, tagged
            DIFFERENTIAL,   pool,  other,   other,   missing,   no,    no,      UPLOAD, tagged
            DIFFERENTIAL,   pool,  missing, same,    intact,    yes,   no,      REUSE,  plain
            DIFFERENTIAL,   pool,  missing, same,    intact,    no,    no,      REUSE,  plain
            DIFFERENTIAL,   pool,  missing, other,   intact,    no,    no,      UPLOAD, tagged
            DIFFERENTIAL,   pool,  missing, same,    truncated, yes,   no,      REPAIR, plain
            DIFFERENTIAL,   pool,  missing, same,    missing,   yes,   no,      REPAIR, plain
            DIFFERENTIAL,   pool,  missing, other,   missing,   yes,   no,      UPLOAD, tagged
            DIFFERENTIAL,   pool,  missing, same,    missing,   no,    no,      UPLOAD, plain
            DIFFERENTIAL,   pool,  same,    same,    intact,    yes,   yes,     UPLOAD, tagged
            DIFFERENTIAL,   pool,  same,    same,    intact,    no,    yes,     UPLOAD, tagged
            DIFFERENTIAL,   pool,  same,    same,    truncated, yes,   yes,     UPLOAD, tagged
            DIFFERENTIAL,   pool,  same,    same,    missing,   yes,   yes,     UPLOAD, tagged
            DIFFERENTIAL,   pool,  missing, same,    missing,   no,    yes,     UPLOAD, tagged
            FULL,           pool,  same,    same,    intact,    yes,   no,      COPY,   plain
            FULL,           pool,  same,    same,    truncated, yes,   no,      UPLOAD, plain
            FULL,           pool,  same,    same,    missing,   yes,   no,      UPLOAD, plain
            FULL,           pool,  other,   other,   intact,    yes,   no,      UPLOAD, plain
            FULL,           pool,  missing, other,   missing,   yes,   no,      UPLOAD, plain
            FULL,           pool,  same,    same,    intact,    yes,   yes,     UPLOAD, plain
            FULL,           own,   same,    same,    intact,    no,    no,      REUSE,  plain
            FULL,           own,   same,    same,    truncated, no,    no,      UPLOAD, plain
            FULL,           own,   other,   other,   intact,    no,    no,      UPLOAD, plain
            FULL,           own,   missing, same,    intact,    no,    no,      REUSE,  plain
            """)
    void dataOfAnSSTable(
            BackupMode mode,
            String where,
            String digest,
            String content,
            String object,
            String named,
            String pending,
            PlannedFile.Action action,
            String key) {
        BackupTarget target = new BackupTarget(NODE, new BackupName("b1"), mode);
        BackupMode place = where.equals("own") ? BackupMode.FULL : BackupMode.DIFFERENTIAL;
        Map<Place, StoredFile> files = new HashMap<>();
        if (!digest.equals("missing")) {
            files.put(new Place(TABLE, DIGEST), stored(DIGEST, place, digest, "intact", named));
        }
        if (!(object.equals("missing") && named.equals("no"))) {
            files.put(new Place(TABLE, DATA), stored(DATA, place, content, object, named));
        }
        // the plain keys of the place that the backup writes to come first, then what finished backups name
        boolean inPlace = mode == place;
        StoredFiles stored = new StoredFiles(
                List.of(FileSet.of(inPlace ? files : Map.of()), FileSet.of(named.equals("yes") ? files : Map.of())),
                pending.equals("yes") ? Set.of(plain(DATA, place)) : Set.of());
        UploadPlan plan = UploadPlan.of(
                SSTable.group(List.of(file(DATA), file(DIGEST))),
                stored,
                new UploadRule(target, LAYOUT, new Comparison(false, LOCAL, absent -> Optional.empty()), false),
                new TransferPool(1, false, Progress.NONE));
        PlannedFile planned = plan.files().stream()
                .filter(file -> file.file().fileName().equals(DATA))
                .findFirst()
                .orElseThrow();
        assertThat(planned.action()).isEqualTo(action);
        ObjectKey expected = key.equals("plain")
                ? plain(DATA, mode)
                : LAYOUT.taggedData(NODE, TABLE, DATA, OWN.get(DATA).hex());
        assertThat(planned.key()).isEqualTo(expected);
        assertThat(planned.copyFrom()).isEqualTo(action == PlannedFile.Action.COPY ? plain(DATA, place) : null);
    }

    private static ObjectKey plain(String file, BackupMode place) {
        return LAYOUT.data(NODE, new BackupName("b1"), place, TABLE, file);
    }

    private static StoredFile stored(String file, BackupMode place, String content, String object, String named) {
        ObjectKey key = plain(file, place);
        ContentHash hash = (content.equals("same") ? OWN : OTHER).get(file);
        @Nullable
        StoredObject listed =
                switch (object) {
                    case "intact" -> new StoredObject(key, size(file), hash, Instant.EPOCH);
                    case "truncated" -> new StoredObject(key, size(file) - 1, md5('e'), Instant.EPOCH);
                    default -> null;
                };
        return new StoredFile(
                key,
                listed,
                named.equals("yes") ? new ManifestEntry(key.value(), size(file), hash, MODIFIED, null, null, 0) : null);
    }
}
