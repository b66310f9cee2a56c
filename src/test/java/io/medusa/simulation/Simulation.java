package io.medusa.simulation;

import io.medusa.backup.BackupNode;
import io.medusa.backup.Stagger;
import io.medusa.cassandra.CassandraNode;
import io.medusa.cassandra.NodeDescription;
import io.medusa.cassandra.Snapshot;
import io.medusa.cassandra.SnapshotFile;
import io.medusa.cassandra.SnapshotRequest;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupMetadata;
import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.BackupSnapshot;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.ServerVersion;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableScope;
import io.medusa.model.TableSelection;
import io.medusa.model.TokenMap;
import io.medusa.purge.PurgeBackups;
import io.medusa.purge.RetentionRules;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.Bucket;
import io.medusa.repository.Collector;
import io.medusa.repository.IndexBuilder;
import io.medusa.repository.Inventory;
import io.medusa.repository.ManifestEntries;
import io.medusa.repository.Pins;
import io.medusa.repository.ReadLease;
import io.medusa.repository.RepositoryLayout;
import io.medusa.restore.DownloadBackup;
import io.medusa.storage.ContentHasher;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectStorage;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import io.medusa.verify.Level;
import io.medusa.verify.VerifyBackup;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * Runs the product's own backup, purge, deletion, index, download and verify flows against one bucket at the same time, call by
 * call in a random order, with processes that die before any call, deletions that are cut off in the middle, time that passes in jumps and clocks
 * that are wrong by up to an hour. Afterwards every finished backup has to be whole.
 */
final class Simulation {
    private static final NodeName NODE = new NodeName("n1");
    private static final TableDirectory TABLE = new TableDirectory("ks", "t-0123456789abcdef0123456789abcdef");
    private static final RepositoryLayout LAYOUT = new RepositoryLayout("");
    private static final Instant START = Instant.parse("2026-03-01T00:00:00Z");
    private static final Duration GRACE = Duration.ofDays(10);
    private static final TransferPool ONE_BY_ONE = new TransferPool(1, false, Progress.NONE);
    private static final RetentionRules KEEP_ONE = new RetentionRules(Duration.ZERO, 1, 0, 0, 0, 0, 0, false);

    /** Deleted at once, so that it takes several requests. */
    private static final int FEW = 4;

    private final Path directory;
    private final List<Path> machines = new ArrayList<>();
    private final Map<Integer, List<SnapshotFile>> sstables = new TreeMap<>();
    /** The MD5 of each file of an SSTable. */
    private final Map<Integer, Set<String>> hashes = new TreeMap<>();

    private final List<TreeMap<String, World.Content>> beginnings = new ArrayList<>();
    private final Instant begin;

    /** @param directory for the files of SSTables and for locks; fast, and for one thread */
    Simulation(Path directory) throws IOException {
        this.directory = directory;
        machines.add(Files.createDirectories(directory.resolve("machine1")));
        machines.add(Files.createDirectories(directory.resolve("machine2")));
        for (int i = 1; i <= 6; i++) {
            // two of the same name with other content: a generation that was used again
            sstables.put(i, sstable(i == 6 ? 2 : i, "data " + i, i));
        }
        World past = new World(new TreeMap<>(), START, new Random(1));
        backUp(past, "old1", 1, 2);
        past.pass(Duration.ofDays(10));
        dieWhileBackingUp(past, "half", 1, 4);
        past.pass(Duration.ofDays(10));
        backUp(past, "old2", 2, 3);
        past.pass(Duration.ofDays(20));
        begin = past.now();
        beginnings.add(past.objects);
        // and with the finished backups of an age that leaves the pool full of objects that nobody names
        World emptied = new World(new TreeMap<>(past.objects), begin, new Random(1));
        emptied.objects.keySet().removeIf(key -> key.contains("old1/") || key.contains("half/"));
        beginnings.add(emptied.objects);
    }

    private List<SnapshotFile> sstable(int generation, String content, int id) throws IOException {
        CRC32 crc = new CRC32();
        crc.update(content.getBytes(StandardCharsets.UTF_8));
        Path home = Files.createDirectories(directory.resolve("sstable" + id));
        List<SnapshotFile> files = new ArrayList<>();
        Set<String> all = new HashSet<>();
        hashes.put(id, all);
        for (Map.Entry<String, String> component : Map.of(
                        "Data.db", content, "Digest.crc32", String.valueOf(crc.getValue()), "Statistics.db", "s" + id)
                .entrySet()) {
            Path file = Files.writeString(
                    home.resolve("nb-" + generation + "-big-" + component.getKey()), component.getValue());
            ContentHasher hasher = new ContentHasher();
            hasher.update(ByteBuffer.wrap(component.getValue().getBytes(StandardCharsets.UTF_8)));
            all.add(hasher.finish().toString());
            files.add(new SnapshotFile(
                    file,
                    TABLE,
                    "",
                    file.getFileName().toString(),
                    Files.size(file),
                    Files.getLastModifiedTime(file).toMillis() * 1_000_000));
        }
        return files;
    }

    private void backUp(World world, String name, int... ids) {
        backup(world.seenBy(null), world.clock(Duration.ZERO), machines.get(0), name, BackupMode.DIFFERENTIAL, "", ids);
    }

    /** A backup that dies when its data is in the store. */
    private void dieWhileBackingUp(World world, String name, int... ids) {
        backUp(world, name, ids);
        world.objects
                .keySet()
                .removeIf(key -> key.endsWith("half/meta/manifest.json")
                        || key.contains("/half/manifest_")
                        || key.contains("/half/finished_"));
        world.objects.keySet().removeIf(key -> key.contains("latest_backup"));
    }

    private NodeBackup backup(
            ObjectStorage storage,
            Clock clock,
            Path temporary,
            String name,
            BackupMode mode,
            String schema,
            int... ids) {
        BackupCatalog catalog = new BackupCatalog(new Bucket(storage, LAYOUT, clock));
        BackupNode flow = new BackupNode(
                catalog,
                new Node(files(ids), schema(schema)),
                ONE_BY_ONE,
                new Stagger(catalog, clock, Duration.ofMillis(1)),
                Duration.ZERO);
        return flow.run(new BackupNode.Request(
                        NODE,
                        new BackupName(name),
                        mode,
                        TableScope.ALL,
                        Optional.empty(),
                        false,
                        false,
                        false,
                        temporary))
                .backup();
    }

    private static String schema(String version) {
        return "CREATE KEYSPACE ks;" + version;
    }

    private static PurgeBackups purge(ObjectStorage storage, Clock clock) {
        BackupCatalog catalog = new BackupCatalog(storage, LAYOUT);
        return new PurgeBackups(
                catalog,
                new Inventory(catalog.bucket()),
                new Collector(storage, catalog, ONE_BY_ONE, clock, FEW),
                new Pins(storage, LAYOUT, clock),
                clock);
    }

    private List<SnapshotFile> files(int... ids) {
        List<SnapshotFile> files = new ArrayList<>();
        for (int id : ids) {
            files.addAll(sstables.getOrDefault(id, List.of()));
        }
        return files;
    }

    /** What one run showed. */
    record Outcome(long path, int succeeded, int deleted, int crashed, List<String> violations) {}

    /** Tells one story from beginning to end. */
    Outcome run(long seed) throws IOException {
        return run(seed, World.Mutation.NONE);
    }

    /** @param mutation a mend that is taken out */
    Outcome run(long seed, World.Mutation mutation) throws IOException {
        // the first numbers of seeds in a row are alike
        long mixed = seed * 0x9E3779B97F4A7C15L;
        Random random = new Random(mixed ^ (mixed >>> 32));
        World world = new World(new TreeMap<>(beginnings.get(random.nextInt(beginnings.size()))), begin, random);
        world.mutate(mutation);
        int preconditions = random.nextInt(6);
        world.preconditions(
                preconditions == 0
                        ? World.Preconditions.REFUSED
                        : preconditions == 1 ? World.Preconditions.IGNORED : World.Preconditions.CHECKED);
        if (random.nextInt(4) == 0) {
            world.jump(0.03);
        }
        List<String> violations = new ArrayList<>();
        Cast cast = new Cast(random, world, mutation);
        List<Scheduler.Process> processes = cast.processes;
        long path = world.scheduler().run(processes);
        for (Scheduler.Process process : processes) {
            Throwable failure = process.failure;
            if (failure != null && !isClean(process.name, failure, world)) {
                violations.add(process.name + " failed with " + failure);
            }
        }
        Invariants.check(world, NODE, violations);
        cast.check(violations);
        long crashed = processes.stream().filter(process -> process.crashed).count();
        boolean lost = processes.stream()
                .anyMatch(process -> process.failure != null
                        && String.valueOf(process.failure.getMessage()).startsWith("lost on its way"));
        if (crashed == 0 && !world.jumps() && !lost) {
            world.objects.keySet().stream()
                    .filter(key -> key.startsWith("index/leases/") || key.startsWith("index/pending-deletions/"))
                    .forEach(key -> violations.add("left behind: " + key));
        }
        int succeeded =
                (int) processes.stream().filter(Scheduler.Process::succeeded).count();
        int deleted = world.objects.containsKey("n1/old2/meta/manifest.json") ? 0 : 1;
        if (seed % 4 == 0) {
            afterwards(world, violations);
        }
        return new Outcome(path, succeeded, deleted, (int) crashed, violations);
    }

    /** Whether a process may end so: a download must not find a backup that falls to pieces under its hands. */
    private static boolean isClean(String process, Throwable failure, World world) {
        return failure instanceof MedusaException failed
                && (!process.startsWith("download")
                        || world.jumps()
                        || failed.kind() == FailureKind.BACKUP_UNKNOWN
                        || failed.kind() == FailureKind.BACKUP_INCOMPLETE);
    }

    /** Who plays a part in one story, and what each of them may rely on at its end. */
    private final class Cast {
        private final List<Scheduler.Process> processes = new ArrayList<>();
        private final Map<String, Written> written = new LinkedHashMap<>();
        private final Set<String> pinned = new HashSet<>();
        private final Random random;
        private final World world;

        /** What a process that writes a backup has to find again if it succeeds. */
        private record Written(Scheduler.Process process, String name, String schema, int[] ids) {}

        Cast(Random random, World world, World.Mutation mutation) throws IOException {
            this.random = random;
            this.world = world;
            int story = random.nextInt(16);
            if (story == 0 || mutation == World.Mutation.PINS_SEEN_ONCE) {
                purge(0, 0);
                pinning("old1");
            } else if (story == 1) {
                // one sleeps for days, another forgets what that has announced, and a backup builds upon it
                purge(0, 0).suspendAt = 10 + random.nextInt(50);
                purge(1, 26 + random.nextInt(40));
                backup(0, "new", 26 + random.nextInt(60));
            } else {
                usual();
            }
        }

        private void usual() throws IOException {
            boolean resume = random.nextInt(4) == 0;
            Scheduler.Process first = backup(0, resume ? "half" : "new", 0);
            if (random.nextInt(3) == 0) {
                // another machine that believes to be the same node
                backup(1, List.of("new", "half", "other").get(random.nextInt(3)), delay());
            } else if (random.nextInt(3) == 0) {
                again(first);
            }
            int others = 1 + random.nextInt(2);
            for (int i = 0; i < others; i++) {
                other(i);
            }
        }

        private Scheduler.Process backup(int machine, String name, int hoursLater) throws IOException {
            BackupMode mode = random.nextInt(5) == 0 ? BackupMode.FULL : BackupMode.DIFFERENTIAL;
            int[] ids = List.of(new int[] {2, 4, 5}, new int[] {1, 2, 3}, new int[] {6, 4})
                    .get(random.nextInt(3));
            // the schema changes all the time
            String schema = "-- " + machine + "/" + random.nextInt(3);
            Scheduler.Process process = process(
                    "backup " + name + (machine == 0 ? "" : " elsewhere"),
                    hoursLater,
                    (storage, clock) ->
                            Simulation.this.backup(storage, clock, machines.get(machine), name, mode, schema, ids));
            if (random.nextInt(12) == 0) {
                process.suspendAt = random.nextInt(40);
            }
            written.put(process.name, new Written(process, name, schema, ids));
            return process;
        }

        /** The same command again as soon as the first run is over: a dead process must not stand in its way. */
        private void again(Scheduler.Process first) throws IOException {
            Written before = Objects.requireNonNull(written.get(first.name));
            Scheduler.Process self = new Scheduler.Process(first.name + " again", -1, process -> {
                try {
                    Simulation.this.backup(
                            world.seenBy(process),
                            world.clock(Duration.ZERO),
                            machines.get(0),
                            before.name(),
                            BackupMode.DIFFERENTIAL,
                            before.schema(),
                            before.ids());
                } catch (MedusaException failed) {
                    if (String.valueOf(failed.getMessage()).contains("is already being backed up")) {
                        throw new IllegalStateException("a dead process is in the way", failed);
                    }
                    throw failed;
                }
            });
            self.after = first;
            processes.add(self);
            written.put(self.name, new Written(self, before.name(), before.schema(), before.ids()));
        }

        /** Most begin at once, some a day or two later. */
        private int delay() {
            return random.nextInt(4) == 0 ? 1 + random.nextInt(50) : 0;
        }

        private void other(int number) throws IOException {
            switch (random.nextInt(12)) {
                case 0, 1, 2, 3 -> maySleep(purge(number, delay()));
                case 4 -> maySleep(process("delete half", delay(), (storage, clock) -> delete(storage, clock, "half")));
                case 5 -> maySleep(process("delete old2", delay(), (storage, clock) -> delete(storage, clock, "old2")));
                case 6 ->
                    process(
                            "download" + number,
                            0,
                            (storage, clock) ->
                                    download(storage, machines.get(0).resolve("download" + number)));
                case 7 -> process("download-to-restore" + number, 0, (storage, clock) -> restore(storage));
                case 8, 9 -> pinning(random.nextBoolean() ? "old1" : "old2");
                case 10 -> process("verify", 0, (storage, clock) -> verify(storage));
                default ->
                    process("index", 0, (storage, clock) -> new IndexBuilder(
                                    new BackupCatalog(storage, LAYOUT).bucket())
                            .rebuild(false));
            }
        }

        private Scheduler.Process purge(int number, int hoursLater) {
            return process("purge" + number, hoursLater, (storage, clock) -> Simulation.purge(storage, clock)
                    .byRules(List.of(NODE), KEEP_ONE, new PurgeBackups.How(GRACE, false)));
        }

        private void pinning(String name) {
            process("pin " + name, 0, (storage, clock) -> pin(storage, clock, name));
        }

        private void maySleep(Scheduler.Process process) {
            if (random.nextInt(4) == 0) {
                process.suspendAt = random.nextInt(50);
            }
        }

        private void pin(ObjectStorage storage, Clock clock, String name) {
            BackupName backup = new BackupName(name);
            new Pins(storage, LAYOUT, clock).pin(backup, "");
            if (storage.stat(LAYOUT.meta(NODE, backup, "manifest.json")).isPresent()) {
                pinned.add(name);
            }
        }

        private Scheduler.Process process(String name, int hoursLater, Flow flow) {
            int crashAt = random.nextInt(3) == 0 ? random.nextInt(80) : -1;
            Clock clock = world.clock(Duration.ofSeconds(random.nextInt(7200) - 3600L));
            Scheduler.Process process =
                    new Scheduler.Process(name, crashAt, self -> flow.run(world.seenBy(self), clock));
            if (hoursLater > 0) {
                process.sleepUntil(world.now().plus(Duration.ofHours(hoursLater)));
            }
            processes.add(process);
            return process;
        }

        void check(List<String> violations) {
            for (String name : pinned) {
                if (!world.objects.containsKey("n1/" + name + "/meta/manifest.json")) {
                    violations.add("the pinned backup " + name + " was deleted");
                }
            }
            for (Written backup : written.values()) {
                if (backup.process().succeeded()
                        && processes.stream().noneMatch(other -> other.name.equals("delete " + backup.name()))) {
                    checkWritten(backup, violations);
                }
            }
        }

        private void checkWritten(Written backup, List<String> violations) {
            String meta = "n1/" + backup.name() + "/meta/";
            if (!world.objects.containsKey(meta + "manifest.json")) {
                // a later one may have made it expire
                boolean isOnly = written.values().stream()
                        .allMatch(other -> other.name().equals(backup.name())
                                || !other.process().succeeded());
                if (isOnly && world.now().isBefore(begin.plus(Duration.ofHours(6)))) {
                    violations.add(backup.process().name + " succeeded and is gone");
                }
                return;
            }
            String schema = new String(world.objects.get(meta + "schema.cql").bytes(), StandardCharsets.UTF_8);
            if (!schema.equals(schema(backup.schema()))) {
                violations.add(backup.process().name + " has the schema " + schema);
            }
            NodeBackup finished = new NodeBackup(
                    NODE, new BackupName(backup.name()), BackupMode.DIFFERENTIAL, Instant.EPOCH, Instant.EPOCH);
            Set<String> contents = new HashSet<>();
            try (ManifestEntries entries = new BackupCatalog(world.seenBy(null), LAYOUT)
                    .stored(finished)
                    .entries()) {
                entries.forEach((table, entry) -> entry.knownHash().ifPresent(hash -> contents.add(hash.toString())));
            }
            Set<String> expected = new HashSet<>();
            for (int id : backup.ids()) {
                expected.addAll(Objects.requireNonNull(hashes.get(id)));
            }
            if (!contents.equals(expected)) {
                violations.add(
                        backup.process().name + " is not what its node had: " + contents + " instead of " + expected);
            }
        }
    }

    private static void delete(ObjectStorage storage, Clock clock, String name) {
        purge(storage, clock).byName(Set.of(new BackupName(name)), List.of(NODE), new PurgeBackups.How(GRACE, false));
    }

    /** Of the backup that purges like best; what is there already is fetched again. */
    private static void download(ObjectStorage storage, Path destination) throws IOException {
        Files.createDirectories(destination);
        new DownloadBackup(new BackupCatalog(storage, LAYOUT), ONE_BY_ONE)
                .run(new DownloadBackup.Request(NODE, new BackupName("old2"), destination, TableSelection.ALL, true));
        try (Stream<Path> files = Files.walk(destination)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /** No backup is damaged at any time. */
    private static void verify(ObjectStorage storage) {
        VerifyBackup.Report report = new VerifyBackup(new BackupCatalog(storage, LAYOUT), ONE_BY_ONE)
                .run(new VerifyBackup.Request(Optional.empty(), Level.CONTENT, 0, Optional.empty()));
        for (VerifyBackup.Result result : report.results()) {
            if (!result.findings().isEmpty()) {
                throw new IllegalStateException("false alarm: " + result.findings());
            }
        }
    }

    /** What a process does. */
    private interface Flow {
        void run(ObjectStorage storage, Clock clock) throws IOException;
    }

    /** A node's restore as far as the bucket sees it: holds the backup, and reads everything twice while it stages and places. */
    private static void restore(ObjectStorage storage) {
        BackupCatalog catalog = new BackupCatalog(storage, LAYOUT);
        BackupName name = new BackupName("old2");
        NodeBackup backup = catalog.findNodeBackup(NODE, name)
                .filter(NodeBackup::isFinished)
                .orElseThrow(() -> new MedusaException(FailureKind.BACKUP_UNKNOWN, "no backup old2"));
        try (ReadLease lease = catalog.readLease(List.of(backup))) {
            if (catalog.stored(backup).isGone()) {
                throw new MedusaException(FailureKind.BACKUP_UNKNOWN, "no backup old2 any more");
            }
            for (int reading = 0; reading < 2; reading++) {
                try (ManifestEntries entries = catalog.stored(backup).entries()) {
                    entries.forEach((table, entry) -> {
                        if (storage.stat(new ObjectKey(entry.key())).isEmpty()) {
                            throw new MedusaException(FailureKind.BACKUP_DAMAGED, "lost " + entry.key());
                        }
                    });
                }
            }
        }
    }

    /** Whatever happened: a later purge and a later backup work, and do no harm either. */
    private void afterwards(World world, List<String> violations) {
        ObjectStorage storage = world.seenBy(null);
        world.jump(0);
        world.pass(Duration.ofHours(2));
        try {
            purge(storage, world.clock(Duration.ZERO))
                    .byRules(List.of(NODE), KEEP_ONE, new PurgeBackups.How(GRACE, false));
            Invariants.check(world, NODE, violations);
            world.pass(Duration.ofDays(2));
            backup(
                    storage,
                    world.clock(Duration.ZERO),
                    machines.get(0),
                    "later",
                    BackupMode.DIFFERENTIAL,
                    "",
                    1,
                    2,
                    4,
                    5);
            purge(storage, world.clock(Duration.ZERO))
                    .byRules(List.of(NODE), KEEP_ONE, new PurgeBackups.How(Duration.ZERO, false));
            Invariants.check(world, NODE, violations);
        } catch (MedusaException failed) {
            violations.add("afterwards: " + failed.getMessage());
        }
        world.objects.keySet().stream()
                .filter(key -> key.startsWith("index/leases/") || key.startsWith("index/pending-deletions/"))
                .forEach(key -> violations.add("left behind for ever: " + key));
    }

    /** A node whose snapshot is always these files. */
    private record Node(List<SnapshotFile> files, String schema) implements CassandraNode {
        @Override
        public NodeDescription describe() {
            return new NodeDescription(
                    new BackupMetadata(
                            schema,
                            schema,
                            new TokenMap(
                                    Map.of(NODE, new TokenMap.Node(List.of(BigInteger.ONE), false, true, "r1", "dc1"))),
                            new ServerVersion("cassandra", "5.0.9")),
                    new UUID(1, 2),
                    Set.of(TABLE));
        }

        @Override
        public Snapshot takeSnapshot(SnapshotRequest request, boolean keep) {
            return new Snapshot() {
                @Override
                public String tag() {
                    return request.tag();
                }

                @Override
                public BackupSnapshot origin() {
                    return new BackupSnapshot(Optional.of("1"), Instant.EPOCH, Optional.empty());
                }

                @Override
                public NodeDescription description() {
                    return describe();
                }

                @Override
                public Set<TableDirectory> undefined(Collection<TableDirectory> tables) {
                    return Set.of();
                }

                @Override
                public Map<TableDirectory, List<SnapshotFile>> files() {
                    return Map.of(TABLE, files);
                }

                @Override
                public void close() {
                    // nothing on any disk
                }
            };
        }

        @Override
        public Snapshot openSnapshot(String tag, boolean keep) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Map<TableDirectory, List<SnapshotFile>> liveFiles() {
            return Map.of(TABLE, files);
        }

        @Override
        public Set<String> snapshotTags() {
            return Set.of();
        }

        @Override
        public void clearSnapshot(String tag) {
            // there is none
        }

        @Override
        public List<Path> dataDirectories() {
            return List.of();
        }
    }

    /** What must be true of the bucket at any moment at which nobody is in the middle of anything. */
    static final class Invariants {
        private Invariants() {}

        static void check(World world, NodeName node, List<String> violations) {
            BackupCatalog catalog = new BackupCatalog(world.seenBy(null), LAYOUT);
            for (String key : List.copyOf(world.objects.keySet())) {
                Optional<RepositoryLayout.NodeAndName> backup = LAYOUT.parseMeta(key, "manifest.json");
                if (backup.isEmpty() || !backup.get().node().equals(node)) {
                    continue;
                }
                String name = backup.get().name().value();
                for (String file : List.of("schema.cql", "tokenmap.json")) {
                    if (!world.objects.containsKey("n1/" + name + "/meta/" + file)) {
                        violations.add(name + " lacks " + file);
                    }
                }
                NodeBackup finished = new NodeBackup(
                        node, backup.get().name(), BackupMode.DIFFERENTIAL, Instant.EPOCH, Instant.EPOCH);
                try (ManifestEntries entries = catalog.stored(finished).entries()) {
                    entries.forEach((table, entry) -> {
                        World.Content content = world.objects.get(entry.key());
                        if (content == null) {
                            violations.add(name + " lost " + entry.key());
                        } else if (content.bytes().length != entry.size()
                                || entry.knownHash()
                                        .filter(hash -> hash.contradicts(content.hash()))
                                        .isPresent()) {
                            violations.add(name + " has other content at " + entry.key());
                        }
                    });
                }
            }
        }
    }
}
