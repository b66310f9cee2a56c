package io.medusa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.model.NodeName;
import io.medusa.testing.Await;
import io.medusa.testing.Cli;
import io.medusa.testing.FakeCassandraNode;
import io.medusa.testing.FaultProxy;
import io.medusa.testing.FaultProxy.Fault;
import io.medusa.testing.S3Server;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import software.amazon.awssdk.services.s3.S3Client;

/** The commands on a node of files and a real S3 server: what they ask for, and what happens if the line is bad. */
final class S3CommandsTest {
    private static final JsonMapper JSON = new JsonMapper();
    private static final int TABLES = 3;
    private static final int SSTABLES = 10;
    /** Requests that a backup makes besides those for its files, at most. */
    private static final int CONSTANT = 60;

    @TempDir
    Path directory;

    private FakeCassandraNode node;
    private String bucket;
    private FaultProxy proxy;

    @BeforeEach
    void setUp() throws IOException {
        node = new FakeCassandraNode(directory.resolve("data"), new NodeName("n1"));
        for (int table = 0; table < TABLES; table++) {
            for (int generation = 1; generation <= SSTABLES; generation++) {
                node.sstable("ks" + table, "t", generation, "content " + table + "/" + generation);
            }
        }
        bucket = S3Server.get().newBucket();
        proxy = new FaultProxy(S3Server.get().port(), request -> Fault.NONE);
    }

    @AfterEach
    void tearDown() throws IOException {
        proxy.close();
        S3Server.get().empty(bucket);
    }

    private Cli medusa(URI endpoint, String... more) throws IOException {
        List<String> lines = new ArrayList<>(List.of("[storage]", "fqdn = n1"));
        lines.addAll(S3Server.ini(bucket, endpoint, S3Server.keyFile(directory, S3Server.KEY, S3Server.SECRET), more));
        lines.addAll(List.of("[cassandra]", "config_file = " + directory.resolve("cassandra.yaml")));
        Path ini = Files.write(directory.resolve("medusa-" + endpoint.getPort() + ".ini"), lines);
        return new Cli(ini).with("TMPDIR", directory.toString()).onNode(() -> {
            try {
                return node.node();
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    private Cli medusa(String... more) throws IOException {
        return medusa(S3Server.get().endpoint(), more);
    }

    private Cli through(Function<FaultProxy.Request, Fault> script, String... more) throws IOException {
        proxy.script(script);
        List<String> all = new ArrayList<>(List.of(more));
        all.add("read_timeout = 2");
        return medusa(proxy.endpoint(), all.toArray(new String[0]));
    }

    private static JsonNode json(Cli.Result result) throws IOException {
        return JSON.readTree(result.ok().out());
    }

    private static JsonNode backup(Cli medusa, String name, String... more) throws IOException {
        return json(medusa.run(
                Stream.concat(Stream.of("backup", "--backup-name", name, "--output", "json"), Stream.of(more))
                        .toArray(String[]::new)));
    }

    private static long requests(JsonNode backup) {
        long sum = 0;
        for (JsonNode count : backup.path("requests")) {
            sum += count.asLong();
        }
        return sum;
    }

    private void isWhole(String name) throws IOException {
        Cli.Result verified = medusa().run("verify", "--backup-name", name, "--level", "sstable");
        assertThat(verified.status()).as(verified.out() + verified.err()).isZero();
        Path to = Files.createDirectories(directory.resolve("download-" + name));
        medusa().run("download", "--backup-name", name, "--download-destination", to.toString())
                .ok();
        for (int table = 0; table < TABLES; table++) {
            Path data = to.resolve("ks" + table + "/t-" + FakeCassandraNode.ID + "/nb-3-big-Data.db");
            assertThat(data).hasSameBinaryContentAs(node.component("ks" + table, "t", 3, "Data.db"));
        }
    }

    private void large(int generation, int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(generation).nextBytes(bytes);
        node.sstable("ks0", "t", generation, "x");
        Files.delete(node.component("ks0", "t", generation, "Digest.crc32"));
        Files.delete(node.component("ks0", "t", generation, "Data.db"));
        Files.write(node.component("ks0", "t", generation, "Data.db"), bytes);
        java.util.zip.CRC32 crc = new java.util.zip.CRC32();
        crc.update(bytes);
        Files.writeString(node.component("ks0", "t", generation, "Digest.crc32"), String.valueOf(crc.getValue()));
    }

    @Test
    void objectsInPartsCanBeVerifiedAfterThePartSizeWasChanged() throws IOException {
        large(20, 13 << 20);
        // nothing but the hash tells
        Files.delete(node.component("ks0", "t", 20, "Digest.crc32"));
        String[] odd = {"multi_part_upload_threshold = 5MB", "multipart_chunksize = 7MB"};
        backup(medusa(odd), "one");
        backup(medusa("multi_part_upload_threshold = 5MB", "multipart_chunksize = 8MB"), "two");
        for (String name : List.of("one", "two")) {
            Cli.Result verified = medusa().run("verify", "--backup-name", name, "--level", "content");
            assertThat(verified.status()).as(verified.out() + verified.err()).isZero();
            try (S3Client s3 = S3Server.get().client()) {
                assertThat(s3.getObjectAsBytes(get -> get.bucket(bucket).key("n1/" + name + "/meta/manifest.json"))
                                .asUtf8String())
                        .as(name)
                        .contains("\"part_size\": " + (7 << 20));
            }
        }
    }

    @Test
    void asksForNoMoreThanItNeeds() throws IOException {
        int files = TABLES * SSTABLES * 8;
        JsonNode first = backup(medusa(), "first");
        assertThat(first.path("uploaded_objects").asInt()).isEqualTo(files);
        assertThat(requests(first)).isBetween((long) files, (long) files + CONSTANT);
        assertThat(first.path("retries").asInt()).isZero();
        assertThat(first.path("phases").path("upload").isNumber()).isTrue();

        JsonNode unchanged = backup(medusa(), "unchanged");
        assertThat(unchanged.path("reused_objects").asInt()).isEqualTo(files);
        assertThat(requests(unchanged)).as(unchanged.toString()).isLessThan(CONSTANT);

        // a full backup is made of what is there; a copy is one request and moves no byte
        JsonNode full = backup(medusa(), "full", "--mode", "full");
        assertThat(full.path("copied_objects").asInt()).isEqualTo(files);
        assertThat(full.path("requests").path("CopyObject").asInt()).isGreaterThanOrEqualTo(files);
        assertThat(full.path("requests").path("PutObject").asInt()).isLessThan(CONSTANT);
        for (String name : List.of("first", "unchanged", "full")) {
            isWhole(name);
        }
    }

    @Test
    void noByteOfWhatIsThereIsReadForAFullBackup() throws IOException {
        large(11, 12 << 20);
        String[] parts = {"multi_part_upload_threshold = 5MB", "multipart_chunksize = 5MB"};
        JsonNode first = backup(medusa(parts), "first");
        assertThat(first.path("requests").path("UploadPart").asInt()).isEqualTo(3);
        AtomicInteger sent = new AtomicInteger();
        Cli counted = through(
                request -> {
                    if (request.method().equals("PUT") && request.path().contains("/data/") && request.length() > 0) {
                        sent.incrementAndGet();
                    }
                    return Fault.NONE;
                },
                parts);
        JsonNode full = backup(counted, "full", "--mode", "full");
        assertThat(full.path("copied_bytes").asLong())
                .isEqualTo(full.path("size").asLong());
        assertThat(full.path("requests").path("UploadPartCopy").asInt()).isEqualTo(3);
        assertThat(sent).as("data files sent").hasValue(0);
        assertThat(medusa(parts)
                        .run("verify", "--backup-name", "full", "--level", "content")
                        .status())
                .isZero();
    }

    @Test
    void partsOfAnySizeAreUnderstood() throws IOException {
        large(11, 21 << 20);
        backup(medusa("multi_part_upload_threshold = 5MB", "multipart_chunksize = 8MB"), "first");
        // another size later: the old hashes are still understood, nothing is sent again
        JsonNode second = backup(
                medusa("multi_part_upload_threshold = 5MB", "multipart_chunksize = 10MB"),
                "second",
                "--enable-md5-checks");
        assertThat(second.path("uploaded_objects").asInt()).isZero();
        for (String setting : List.of("multi_part_upload_threshold = 5MB", "multi_part_upload_threshold = 500MB")) {
            Path to = Files.createDirectories(directory.resolve("to-" + setting.length()));
            medusa(setting)
                    .run("download", "--backup-name", "second", "--download-destination", to.toString())
                    .ok();
            assertThat(to.resolve("ks0/t-" + FakeCassandraNode.ID + "/nb-11-big-Data.db"))
                    .hasSameBinaryContentAs(node.component("ks0", "t", 11, "Data.db"));
            assertThat(medusa(setting)
                            .run("verify", "--backup-name", "second", "--level", "content")
                            .status())
                    .isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {
                "LATENCY",
                "SLOW_DOWN",
                "INTERNAL_ERROR",
                "RESET",
                "RESET_BEFORE",
                "TRUNCATE",
                "FLIP_REQUEST",
                "STALL"
            })
    void aBackupOverABadLineFinishesAndIsWhole(Fault fault) throws IOException {
        int every = fault == Fault.STALL || fault == Fault.SLOW_DOWN ? 60 : 12;
        Cli bad = through(request -> fault == Fault.LATENCY || request.number() % every == 0 ? fault : Fault.NONE);
        Cli.Result result = bad.run("backup", "--backup-name", "one", "--output", "json");
        if (result.status() != 0) {
            // a failure is allowed, but it is one line and no finished backup
            assertThat(result.lastError()).startsWith("ERROR: ");
            assertThat(medusa().run("verify", "--backup-name", "one").status()).isNotZero();
            backup(medusa(), "one");
        } else if (fault != Fault.LATENCY && fault != Fault.TRUNCATE && fault != Fault.FLIP_REQUEST) {
            assertThat(JSON.readTree(result.out()).path("retries").asInt())
                    .as(fault.name())
                    .isPositive();
        }
        isWhole("one");
    }

    @ParameterizedTest
    @EnumSource(
            value = Fault.class,
            names = {"SLOW_DOWN", "RESET", "TRUNCATE", "FLIP_ANSWER"})
    void aDownloadOverABadLineIsRightOrFails(Fault fault) throws IOException {
        large(11, 12 << 20);
        String[] parts = {"multi_part_upload_threshold = 5MB", "multipart_chunksize = 5MB"};
        backup(medusa(parts), "one");
        Path to = Files.createDirectory(directory.resolve("to"));
        Cli bad = through(
                request -> request.method().equals("GET")
                                && request.path().contains("/data/")
                                && request.number() % (fault == Fault.SLOW_DOWN ? 50 : 9) == 0
                        ? fault
                        : Fault.NONE,
                parts);
        Cli.Result result = bad.run("download", "--backup-name", "one", "--download-destination", to.toString());
        if (fault == Fault.FLIP_ANSWER) {
            assertThat(result.status()).isEqualTo(1);
            assertThat(result.lastError()).contains("does not have the MD5");
            // what is right stays, and the same command goes on
            medusa(parts)
                    .run("download", "--backup-name", "one", "--download-destination", to.toString())
                    .ok();
        } else {
            assertThat(result.status()).as(result.err()).isZero();
        }
        try (Stream<Path> files = Files.walk(directory.resolve("data/ks0"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                assertThat(to.resolve(directory.resolve("data").relativize(file).toString()))
                        .hasSameBinaryContentAs(file);
            }
        }
    }

    @Test
    void aSecretIsNeverShown() throws IOException {
        Path keys = S3Server.keyFile(directory, S3Server.KEY, "a-wrong-secret");
        List<String> lines = new ArrayList<>(List.of("[storage]", "fqdn = n1"));
        lines.addAll(S3Server.ini(bucket, S3Server.get().endpoint(), keys));
        Cli wrong = new Cli(Files.write(directory.resolve("wrong.ini"), lines)).with("TMPDIR", directory.toString());
        Cli.Result result = wrong.run("list-backups", "-vvv");
        assertThat(result.status()).isEqualTo(12);
        assertThat(result.err()).contains("rejected the credentials").doesNotContain("a-wrong-secret");
    }

    @Test
    void purgeDeletesInBatches() throws IOException {
        Cli one = medusa("max_backup_count = 1", "backup_grace_period_in_days = 0");
        backup(one, "first");
        for (int table = 0; table < TABLES; table++) {
            for (int generation = 1; generation <= SSTABLES; generation++) {
                node.remove("ks" + table, "t", generation);
                node.sstable("ks" + table, "t", generation + 100, "more " + table + "/" + generation);
            }
        }
        node.sstable("ks0", "t", 3, "as expected");
        node.sstable("ks1", "t", 3, "as expected");
        node.sstable("ks2", "t", 3, "as expected");
        backup(one, "second");
        AtomicInteger deletes = new AtomicInteger();
        Cli counted = through(
                request -> {
                    if (request.method().equals("DELETE") || request.path().contains("?delete")) {
                        deletes.incrementAndGet();
                    }
                    return Fault.NONE;
                },
                "max_backup_count = 1",
                "backup_grace_period_in_days = 0");
        JsonNode purged = json(counted.run("purge", "--output", "json"));
        assertThat(purged.toString()).contains("first");
        assertThat(deletes).hasValueLessThan(15);
        try (S3Client client = S3Server.get().client()) {
            long data =
                    client.listObjectsV2Paginator(list -> list.bucket(bucket).prefix("n1/data/")).contents().stream()
                            .count();
            assertThat(data).isEqualTo((TABLES * SSTABLES + 3) * 8L);
        }
        isWhole("second");
    }

    @Test
    void theDoctorTriesEveryRightAndNamesTheMissingOne() throws IOException {
        JsonNode well =
                json(medusa("multi_part_upload_threshold = 5MB").run("doctor", "--storage-only", "--output", "json"));
        assertThat(well.path("healthy").asBoolean()).isTrue();
        assertThat(well.path("checks")).hasSize(7);
        try (S3Client client = S3Server.get().client()) {
            assertThat(client.listObjectsV2(list -> list.bucket(bucket)).contents())
                    .as("nothing is left")
                    .isEmpty();
        }
        Cli denied = through(
                request -> request.method().equals("DELETE") || request.path().contains("?delete")
                        ? Fault.DENIED
                        : Fault.NONE,
                "multi_part_upload_threshold = 5MB");
        Cli.Result ill = denied.run("doctor", "--storage-only");
        assertThat(ill.status()).isEqualTo(1);
        assertThat(ill.out())
                .containsPattern("storage: copy +OK")
                .containsPattern("storage: delete +FAILED .*s3:DeleteObject permission on " + bucket);
        Cli reader = through(request -> request.method().equals("PUT") ? Fault.DENIED : Fault.NONE);
        assertThat(reader.run("doctor", "--storage-only").out())
                .containsPattern("storage: put +FAILED .*s3:PutObject")
                .containsPattern("storage: list +OK")
                .containsPattern("storage: get +SKIPPED");
    }

    @Test
    void theDoctorLooksAtTheNode() throws IOException {
        Cli.Result result = medusa().run("doctor");
        assertThat(result.out())
                .containsPattern("node: data directory +OK")
                .containsPattern("node: cql +OK +cassandra 5.0.9, nodes in the ring: 1")
                .containsPattern("node: name +OK +n1")
                .containsPattern("node: snapshot +OK +taken and cleared, 240 files");
        assertThat(result.status()).as(result.out() + result.err()).isZero();
        node.failSnapshots(true);
        assertThat(medusa().run("doctor").out()).containsPattern("node: snapshot +FAILED .*failed");
        assertThat(medusa().run("doctor", "--no-snapshot").status()).isZero();
    }

    @Test
    void partsThatARunLeftAreShownAndRemoved() throws IOException {
        try (S3Client client = S3Server.get().client()) {
            client.createMultipartUpload(upload -> upload.bucket(bucket).key("n1/data/ks/t/left"));
            client.createMultipartUpload(upload -> upload.bucket(bucket).key("n2/data/ks/t/other"));
            assertThat(medusa().run("clear-uploads").ok().out())
                    .startsWith("No incomplete multipart uploads older than 24");
            assertThat(medusa().run("clear-uploads", "--older-than", "0").ok().out())
                    .isEqualTo("n1/data/ks/t/left kept; add --yes to abort it\n");
            assertThat(medusa().run("clear-uploads", "--older-than", "0", "-y")
                            .ok()
                            .out())
                    .isEqualTo("n1/data/ks/t/left aborted\n");
            assertThat(json(medusa().run("clear-uploads", "--older-than", "0", "--all-nodes", "-y", "--output", "json"))
                            .path("cleared"))
                    .hasSize(1);
            assertThat(client.listMultipartUploads(list -> list.bucket(bucket)).uploads())
                    .isEmpty();
        }
    }

    /** At that limit the backup would take hours; who edits the file is heard while it runs. */
    @Test
    void theLimitCanBeChangedWhileABackupRuns() throws Exception {
        large(11, 3 << 20);
        Cli slow = medusa("transfer_max_bandwidth = 1KB/s");
        Path ini = directory.resolve("medusa-" + S3Server.get().endpoint().getPort() + ".ini");
        Thread operator = new Thread(() -> {
            try (S3Client client = S3Server.get().client()) {
                // the backup has read the first limit by then, and at that limit it takes hours
                Await.until("the backup is being written", () -> !client.listObjectsV2(
                                list -> list.bucket(bucket).prefix("n1/one/meta/"))
                        .contents()
                        .isEmpty());
                Files.writeString(ini, Files.readString(ini).replace("1KB/s", "1GB/s"));
            } catch (Exception failed) {
                throw new IllegalStateException(failed);
            }
        });
        operator.start();
        Cli.Result result = slow.run("backup", "--backup-name", "one").ok();
        operator.join();
        assertThat(result.err()).contains("transfer_max_bandwidth is now 1073741824 bytes a second");
        isWhole("one");
    }

    /** The listing shows other bytes than a finished backup names: the next backup brings the right ones back, and says so. */
    @Test
    void anObjectThatWasAlteredIsRepaired() throws IOException {
        backup(medusa(), "one");
        String key = "n1/data/ks1/t-" + FakeCassandraNode.ID + "/nb-3-big-Data.db";
        Path file = node.component("ks1", "t", 3, "Data.db");
        try (S3Client client = S3Server.get().client()) {
            byte[] bytes = Files.readAllBytes(file);
            bytes[3] ^= 1;
            client.putObject(
                    put -> put.bucket(bucket).key(key), software.amazon.awssdk.core.sync.RequestBody.fromBytes(bytes));
        }
        assertThat(medusa().run("verify", "--backup-name", "one").status()).isEqualTo(1);
        JsonNode two = backup(medusa(), "two");
        assertThat(two.path("replaced_objects").asInt()).isEqualTo(1);
        isWhole("one");
        isWhole("two");
    }

    @Test
    void aVerificationIsRememberedInTheBucketUnlessItMayNotBeWrittenTo() throws IOException {
        Cli medusa = medusa();
        node.sstable("ks", "t", 1, "some rows");
        backup(medusa, "one");
        backup(medusa, "two");
        String data;
        try (S3Client client = S3Server.get().client()) {
            data = client.listObjectsV2(list -> list.bucket(bucket).prefix("n1/data/")).contents().stream()
                    .map(object -> object.key())
                    .filter(key -> key.endsWith("-Data.db"))
                    .findFirst()
                    .orElseThrow();
            client.deleteObject(delete -> delete.bucket(bucket).key(data));
        }
        Cli reader = through(request -> request.method().equals("PUT") ? Fault.DENIED : Fault.NONE);
        Cli.Result unrecorded = reader.run("verify", "--all", "--if-older-than", "3");
        assertThat(unrecorded.status()).isEqualTo(1);
        assertThat(unrecorded.err())
                .contains("The result of this verification is not remembered, because the bucket cannot be written to");
        assertThat(medusa.run("status", "--backup-name", "two").ok().out()).doesNotContain("Verified");

        assertThat(medusa.run("verify", "--backup-name", "one").status()).isEqualTo(1);
        assertThat(medusa.run("status", "--backup-name", "two").ok().out())
                .contains("- Damaged: 1 problem found and not cleared since");
        backup(medusa, "three");
        assertThat(medusa.run("verify", "--all", "--level", "content").ok().err())
                .contains("Verified 3 backups at level content");
        assertThat(medusa.run("status", "--backup-name", "one").ok().out())
                .contains("    content: ", "    exists: ")
                .doesNotContain("- Damaged");
        try (S3Client client = S3Server.get().client()) {
            assertThat(client.listObjectsV2(list -> list.bucket(bucket).prefix("index/verif"))
                            .contents())
                    .as("one record, and no claim")
                    .hasSize(1);
        }
    }

    @Test
    void theMostTalkativeLogShowsNoSecret() throws IOException {
        String key = java.util.Base64.getEncoder()
                .encodeToString("0123456789abcdef0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        Cli secretive = medusa("sse_c_key = " + key);
        backup(secretive, "one");
        Path keys = S3Server.keyFile(directory, S3Server.KEY, S3Server.SECRET);
        Files.writeString(keys, Files.readString(keys) + "aws_session_token = a-session-token\n");
        Cli.Result result = secretive.run("-vvv", "verify", "--backup-name", "one");
        assertThat(result.err())
                .doesNotContain(key)
                .doesNotContain("a-session-token")
                .doesNotContain(S3Server.SECRET);
    }

    @Test
    void aKeyFileThatIsNoneIsOneLine() throws IOException {
        for (String content : List.of("{}", "aws_access_key_id = x", "[default", "[default]\nnonsense\n")) {
            Path keys = S3Server.keyFile(directory, S3Server.KEY, S3Server.SECRET);
            Cli medusa = medusa();
            Files.writeString(keys, content);
            Cli.Result result = medusa.run("list-backups");
            assertThat(result.status()).as(content).isEqualTo(2);
            assertThat(result.err().strip().lines()).as(content).hasSize(1);
            assertThat(result.err()).contains("must have lines [default]");
        }
    }

    @Test
    void aTimeThatIsPastDoesNotPace() throws IOException {
        String past = java.time.LocalTime.now(java.time.ZoneId.systemDefault())
                .minusHours(2)
                .format(java.time.format.DateTimeFormatter.ofPattern("HH:mm"));
        Cli.Result result = medusa().run("backup", "--backup-name", "one", "--finish-by", past)
                .ok();
        assertThat(result.err()).contains(past + " has passed");
        assertThat(medusa().run("backup", "--backup-name", "two", "--finish-by", "abc", "--dry-run")
                        .status())
                .isEqualTo(2);
    }
}
