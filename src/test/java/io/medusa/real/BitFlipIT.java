package io.medusa.real;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.backup.BackupNode;
import io.medusa.backup.DamagedFile;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;
import io.medusa.storage.local.LocalStorage;
import io.medusa.testing.Cli;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.NodeBackups;
import io.medusa.testing.RealNode;
import io.medusa.testing.SharedNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bits that rot in SSTables that a real Cassandra has written: the next backup finds them, in the right file. */
final class BitFlipIT {
    private static final NodeName NODE = new NodeName("n1");
    private static final int FLIPS = 500;

    @TempDir
    Path directory;

    private static void load(RealNode node) throws Exception {
        node.cql(
                "DROP KEYSPACE IF EXISTS rot",
                "CREATE KEYSPACE rot WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}",
                "CREATE TABLE rot.lz4 (id int PRIMARY KEY, v text) WITH compression = {'class': 'LZ4Compressor',"
                        + " 'chunk_length_in_kb': 4}",
                "CREATE TABLE rot.plain (id int PRIMARY KEY, v text) WITH compression = {'enabled': 'false'}",
                "CREATE INDEX by_v ON rot.plain (v)");
        for (int sstable = 0; sstable < 2; sstable++) {
            for (int i = 0; i < 200; i++) {
                int id = sstable * 200 + i;
                for (String table : List.of("lz4", "plain")) {
                    node.cql("INSERT INTO rot." + table + " (id, v) VALUES (" + id + ", 'value " + id + " "
                            + Integer.toHexString(id * 7919).repeat(20) + "')");
                }
            }
            node.flush("rot");
        }
    }

    /** The real files in a node that can be backed up hundreds of times a minute. */
    private FakeCassandraNode copyOf(RealNode node) throws IOException {
        FakeCassandraNode copy = new FakeCassandraNode(directory.resolve("copy/data"), NODE);
        for (String table : List.of("lz4", "plain")) {
            Path from = node.tableDirectory("rot", table);
            Path to = copy.table("rot", table);
            try (Stream<Path> files = Files.walk(from)) {
                for (Path file : files.filter(Files::isRegularFile)
                        .filter(file -> !file.toString().contains("/snapshots/"))
                        .toList()) {
                    Path target = to.resolve(from.relativize(file).toString());
                    Files.createDirectories(target.getParent());
                    Files.copy(file, target);
                }
            }
        }
        return copy;
    }

    private BackupNode.Result backup(FakeCassandraNode node, LocalStorage storage, String name) throws IOException {
        return NodeBackups.take(storage, node.node(), NODE, new BackupName(name), directory);
    }

    private static void flip(Path file, long bit) throws IOException {
        try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(bit / 8);
            int value = open.read();
            open.seek(bit / 8);
            open.write(value ^ (1 << (bit % 8)));
        }
    }

    @Test
    void everyFlipInDataIsFoundByTheNextBackupWithTheRightFile() throws Exception {
        RealNode real = SharedNode.get();
        load(real);
        FakeCassandraNode node = copyOf(real);
        List<Path> files;
        try (Stream<Path> all = Files.walk(directory.resolve("copy/data"))) {
            files = all.filter(Files::isRegularFile)
                    .filter(file -> Files.isRegularFile(file) && file.toFile().length() > 0)
                    .sorted()
                    .toList();
        }
        List<Path> data = files.stream()
                .filter(file -> file.toString().endsWith("-Data.db"))
                .toList();
        assertThat(data).as("two SSTables each of two tables and an index").hasSizeGreaterThanOrEqualTo(6);
        LocalStorage storage = new LocalStorage(directory.resolve("bucket"));
        assertThat(backup(node, storage, "good").damaged()).isEmpty();
        Random random = new Random(500);
        int inChunks = 0;
        for (int i = 0; i < FLIPS; i++) {
            // two of three in the data, the rest anywhere
            List<Path> from = i % 3 == 2 ? files : data;
            Path file = from.get(random.nextInt(from.size()));
            String name = file.getFileName().toString();
            long bit = (long) (random.nextDouble() * Files.size(file) * 8);
            flip(file, bit);
            List<DamagedFile> damaged = backup(node, storage, "flip" + i).damaged();
            String where = "flip " + i + " of bit " + bit + " in " + file;
            if (name.endsWith("-Data.db")) {
                assertThat(damaged).as(where).singleElement().satisfies(found -> assertThat(
                                found.table() + "/" + found.file())
                        .isEqualTo(
                                directory.resolve("copy/data").relativize(file).toString()));
                if (damaged.get(0).damage().contains("damaged chunk ")) {
                    assertThat(chunkOf(damaged.get(0).damage())).as(where).contains(bit / 8);
                    inChunks++;
                }
            } else if (name.endsWith("-Digest.crc32")) {
                assertThat(damaged).as(where).singleElement().satisfies(found -> assertThat(found.damage())
                        .contains("Digest.crc32 itself is damaged"));
            } else {
                assertThat(damaged).as(where).isEmpty();
            }
            flip(file, bit);
        }
        assertThat(inChunks).as("located to the chunk").isGreaterThan(FLIPS / 2);
        assertThat(backup(node, storage, "mended").damaged()).isEmpty();
    }

    /** The bytes of the first chunk that is named. */
    private static List<Long> chunkOf(String damage) {
        String[] bounds =
                damage.replaceAll(".*?\\(bytes (\\d+) to (\\d+)\\).*", "$1 $2").split(" ");
        List<Long> bytes = new ArrayList<>();
        for (long at = Long.parseLong(bounds[0]); at <= Long.parseLong(bounds[1]); at++) {
            bytes.add(at);
        }
        return bytes;
    }

    @Test
    void aNodeWhoseDataHasRottedIsBackedUpWithStatus3AndNobodyMissesIt() throws Exception {
        RealNode node = SharedNode.get();
        load(node);
        Cli medusa = new Cli(node.medusaIni(directory.resolve("medusa.ini"), directory, "real"))
                .with("TMPDIR", directory.toString());
        medusa.run("backup", "--backup-name", "good").ok();
        Path table = node.tableDirectory("rot", "lz4");
        node.stop();
        Path file;
        try (Stream<Path> files = Files.list(table)) {
            file = files.filter(path -> path.toString().endsWith("-Data.db"))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
        flip(file, Files.size(file) * 4);
        node.start();
        Cli.Result backup = medusa.run("backup", "--backup-name", "rotten", "--output", "json");
        assertThat(backup.status()).isEqualTo(3);
        assertThat(backup.err())
                .contains("ERROR: Damaged on this node: table rot.lz4, file " + file.getFileName()
                        + ": its bytes do not match Digest.crc32: damaged chunk ");
        assertThat(backup.out())
                .contains("\"damaged\": [{\"damage\": \"its bytes do not match Digest.crc32: damaged chunk ");
        assertThat(medusa.run("status", "--backup-name", "rotten").ok().out())
                .contains("- Damaged on the node before they were backed up: 1 file\n    127.0.0.1/data/rot/lz4-");
        assertThat(medusa.run("list-backups", "--output", "json").ok().out()).contains("\"damaged_objects\": 1");
        Cli.Result verify = medusa.run("verify", "--backup-name", "rotten");
        assertThat(verify.status()).isEqualTo(3);
        assertThat(verify.out())
                .contains("- Manifest validated: OK!!\n- Damaged on the node before they were backed up:\n");
        assertThat(medusa.run("verify", "--backup-name", "good").status()).isZero();
        // the good one is still whole, and brings the node back
        medusa.run("restore-node", "--backup-name", "good", "--table", "rot.lz4")
                .ok();
        assertThat(node.count("rot.lz4")).isEqualTo(400);
        assertThat(medusa.run("backup", "--backup-name", "healed").status()).isZero();
    }
}
