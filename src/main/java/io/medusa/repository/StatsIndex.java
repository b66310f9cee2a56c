package io.medusa.repository;

import io.medusa.model.BackupName;
import io.medusa.model.Manifest;
import io.medusa.model.ManifestEntry;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.ServerVersion;
import io.medusa.repository.RepositoryLayout.NodeAndName;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.TransferPool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * What finished backups amount to, written into the names of empty objects: {@code seconds_bytes_objects_server_release}, the
 * first being the end of the backup. Only for whole backups without damage, about which there is no more to say; only a help, the
 * manifest is what counts.
 */
final class StatsIndex {
    private static final Pattern FORM =
            Pattern.compile("([0-9]{1,12})_([0-9]{1,18})_([0-9]{1,9})_([A-Za-z0-9.+-]{1,40})_([A-Za-z0-9.+-]{1,60})");

    /** The bytes that were stored for the backup, in an object of its own: {@code new_seconds_bytes}. */
    private static final Pattern FRESH = Pattern.compile("new_([0-9]{1,12})_([0-9]{1,18})");

    private final ObjectStorage storage;
    private final RepositoryLayout layout;

    StatsIndex(ObjectStorage storage, RepositoryLayout layout) {
        this.storage = storage;
        this.layout = layout;
    }

    /** What the name of such an object says. */
    record Summary(long ended, BackupStats stats, ServerVersion version) {}

    /** The objects of all backups, or of those of one name. */
    record Contents(Map<NodeAndName, Summary> summaries, Map<NodeAndName, Fresh> fresh) {}

    /** What {@code new_} says; of an earlier run under the same name if {@code ended} differs. */
    record Fresh(long ended, long bytes) {}

    /** Writes how many bytes were stored for a backup that has just been finished. */
    void writeFresh(NodeBackup backup, long bytes) {
        String text = "new_" + backup.finished().orElseThrow().getEpochSecond() + "_" + bytes;
        storage.put(layout.stats(backup.name(), backup.node(), text), ObjectSource.OfBytes.utf8(""));
    }

    /** Writes that of a backup that has just been finished, if it is one that needs no more words. */
    void write(NodeBackup backup, Manifest manifest, ServerVersion version) {
        long size = 0;
        int objects = 0;
        for (var section : manifest.sections()) {
            for (ManifestEntry entry : section.objects()) {
                if (entry.damage() != null) {
                    return;
                }
                size += entry.size();
                objects++;
            }
        }
        String text = backup.finished().orElseThrow().getEpochSecond() + "_" + size + "_" + objects + "_"
                + version.serverType() + "_" + version.releaseVersion();
        if (manifest.scope().isAll() && FORM.matcher(text).matches()) {
            storage.put(layout.stats(backup.name(), backup.node(), text), ObjectSource.OfBytes.utf8(""));
        }
    }

    /** All that there are, or those of one name. */
    Contents read(Optional<BackupName> name, TransferPool lookups) {
        Contents found = new Contents(new HashMap<>(), new HashMap<>());
        Consumer<StoredObject> add = object -> layout.parseStats(object.key()).ifPresent(entry -> {
            parse(entry.getValue()).ifPresent(summary -> found.summaries().put(entry.getKey(), summary));
            Matcher fresh = FRESH.matcher(entry.getValue());
            if (fresh.matches()) {
                found.fresh()
                        .put(entry.getKey(), new Fresh(Long.parseLong(fresh.group(1)), Long.parseLong(fresh.group(2))));
            }
        });
        ParallelListing.list(storage, lookups, name, layout::statsPrefix, add);
        return found;
    }

    private static Optional<Summary> parse(String text) {
        Matcher form = FORM.matcher(text);
        return form.matches()
                ? Optional.of(new Summary(
                        Long.parseLong(form.group(1)),
                        new BackupStats(
                                Long.parseLong(form.group(2)),
                                Integer.parseInt(form.group(3)),
                                io.medusa.model.TableScope.ALL,
                                List.of()),
                        new ServerVersion(form.group(4), form.group(5))))
                : Optional.empty();
    }

    /** The objects of one node's backup. */
    List<StoredObject> of(NodeName node, BackupName name) {
        List<StoredObject> own = new ArrayList<>();
        try (Stream<StoredObject> objects = storage.list(layout.statsPrefix(Optional.of(name)) + node + "/")) {
            objects.forEach(own::add);
        }
        return own;
    }

    /** How many bytes the node's backup amounts to; 0 if that was not written. */
    long size(NodeName node, BackupName name) {
        return of(node, name).stream()
                .flatMap(object -> layout.parseStats(object.key()).stream())
                .flatMap(entry -> parse(entry.getValue()).stream())
                .mapToLong(summary -> summary.stats().size())
                .max()
                .orElse(0);
    }

    /** Removes those of a backup that is begun again. */
    void remove(NodeName node, BackupName name) {
        List<ObjectKey> keys = of(node, name).stream().map(StoredObject::key).toList();
        storage.deleteAll(keys);
    }
}
