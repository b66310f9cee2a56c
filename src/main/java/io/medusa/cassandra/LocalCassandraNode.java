package io.medusa.cassandra;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.TableDirectory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The node of this machine: its files on disk, its snapshots through one service, its description through another. */
public final class LocalCassandraNode implements CassandraNode {
    private static final Logger LOG = LoggerFactory.getLogger(LocalCassandraNode.class);

    private final CassandraYaml yaml;
    private final SnapshotService service;
    private final Supplier<NodeDescription> description;
    private final SnapshotDirectories directories;

    /** @param description is asked anew for every {@link #describe} */
    public LocalCassandraNode(CassandraYaml yaml, SnapshotService service, Supplier<NodeDescription> description) {
        this.yaml = yaml;
        this.service = service;
        this.description = description;
        this.directories = new SnapshotDirectories(yaml.allDataDirectories());
    }

    @Override
    public NodeDescription describe() {
        return description.get();
    }

    @Override
    public Snapshot takeSnapshot(String tag, boolean keep, Set<TableDirectory> tables) {
        if (directories.exists(tag)) {
            Map<TableDirectory, List<SnapshotFile>> files = directories.files(tag);
            if (directories.isComplete(tag, files, tables)) {
                LOG.info("Using the snapshot {} that was made {}", tag, directories.madeAt(tag));
                return new OnDisk(tag, keep, false, files);
            }
            LOG.warn("The snapshot {} that is there already is not complete: taking it anew", tag);
            service.clear(tag);
        }
        LOG.info("Taking snapshot {}", tag);
        take(tag);
        if (!directories.exists(tag)) {
            throw new MedusaException(
                    FailureKind.CASSANDRA_FAILED,
                    "Cassandra reports snapshot " + tag + " as taken, but there is none below "
                            + yaml.allDataDirectories()
                            + "; is config_file in [cassandra] that of the node that nodetool_host and"
                            + " nodetool_port name?");
        }
        return new OnDisk(tag, keep, true, null);
    }

    private void take(String tag) {
        try {
            service.take(tag);
        } catch (MedusaException failed) {
            try {
                // half a snapshot must not be taken for a whole one by the next run
                service.clear(tag);
            } catch (MedusaException notCleared) {
                failed.addSuppressed(notCleared);
            }
            throw failed;
        }
    }

    @Override
    public Snapshot openSnapshot(String tag, boolean keep) {
        if (!directories.exists(tag)) {
            throw new MedusaException(
                    FailureKind.SNAPSHOT_MISSING,
                    "there is no snapshot " + tag + " below " + yaml.allDataDirectories()
                            + "; make it with nodetool snapshot -t " + tag
                            + ", or leave out --use-existing-snapshot");
        }
        return new OnDisk(tag, keep, false, null);
    }

    @Override
    public Map<TableDirectory, List<SnapshotFile>> liveFiles() {
        return directories.liveFiles();
    }

    @Override
    public Set<String> snapshotTags() {
        return directories.tags();
    }

    @Override
    public void clearSnapshot(String tag) {
        service.clear(tag);
    }

    @Override
    public List<Path> dataDirectories() {
        return yaml.allDataDirectories();
    }

    private final class OnDisk implements Snapshot {
        private final String tag;
        private final boolean keep;
        private final boolean fresh;
        private final @Nullable Map<TableDirectory, List<SnapshotFile>> known;

        /** @param known its files, where they have been looked at */
        OnDisk(String tag, boolean keep, boolean fresh, @Nullable Map<TableDirectory, List<SnapshotFile>> known) {
            this.tag = tag;
            this.keep = keep;
            this.fresh = fresh;
            this.known = known;
        }

        @Override
        public boolean isFresh() {
            return fresh;
        }

        @Override
        public String tag() {
            return tag;
        }

        @Override
        public Map<TableDirectory, List<SnapshotFile>> files() {
            return known != null ? known : directories.files(tag);
        }

        @Override
        public void close() {
            if (keep) {
                return;
            }
            boolean interrupted = Thread.interrupted();
            try {
                service.clear(tag);
            } catch (MedusaException failed) {
                LOG.warn(
                        "Snapshot {} could not be cleared ({}); clear it with: nodetool clearsnapshot -t {}",
                        tag,
                        failed.getMessage(),
                        tag);
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
        }
    }
}
