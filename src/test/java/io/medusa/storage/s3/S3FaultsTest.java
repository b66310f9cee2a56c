package io.medusa.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import io.medusa.model.Secret;
import io.medusa.storage.HashRule;
import io.medusa.storage.MultipartUpload;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.StoredObject;
import io.medusa.storage.UnfinishedUpload;
import io.medusa.testing.FaultProxy;
import io.medusa.testing.FaultProxy.Fault;
import io.medusa.testing.FaultProxy.Request;
import io.medusa.testing.S3Server;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3Client;

/** What a real S3 server, and a network between, can do to us. */
final class S3FaultsTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path directory;

    private String bucket;
    private FaultProxy proxy;
    private final List<AutoCloseable> open = new ArrayList<>();

    @BeforeEach
    void setUp() {
        bucket = S3Server.get().newBucket();
        proxy = new FaultProxy(S3Server.get().port(), request -> Fault.NONE);
        open.add(proxy);
    }

    @AfterEach
    void tearDown() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
        S3Server.get().empty(bucket);
    }

    private S3Storage storage(String name, URI endpoint, String secret) throws IOException {
        Path keys = S3Server.keyFile(directory, S3Server.KEY, secret);
        return open(S3Server.settings(name, endpoint, keys, 5 * MIB, 5 * MIB));
    }

    private S3Storage through(Function<Request, Fault> script) throws IOException {
        proxy.script(script);
        return storage(bucket, proxy.endpoint(), S3Server.SECRET);
    }

    private S3Storage direct() throws IOException {
        return storage(bucket, S3Server.get().endpoint(), S3Server.SECRET);
    }

    private static ObjectKey key(String value) {
        return new ObjectKey(value);
    }

    private ObjectSource file(int size) throws IOException {
        byte[] bytes = new byte[size];
        new Random(size).nextBytes(bytes);
        Path file = Files.write(directory.resolve("source-" + size), bytes);
        return new ObjectSource.OfFile(file, size);
    }

    private byte[] read(S3Storage storage, String key) throws IOException {
        try (InputStream in = storage.open(key(key)).orElseThrow()) {
            return in.readAllBytes();
        }
    }

    private byte[] bytes(int size) throws IOException {
        return Files.readAllBytes(directory.resolve("source-" + size));
    }

    private static void fails(FailureKind kind, String words, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(MedusaException.class, failed -> {
            assertThat(failed.kind()).as(failed.getMessage()).isEqualTo(kind);
            assertThat(failed.getMessage()).contains(words).doesNotContain(S3Server.SECRET);
        });
    }

    @Test
    void wrongCredentialsAreAnErrorAndNeverAbsence() throws IOException {
        S3Storage wrong = storage(bucket, S3Server.get().endpoint(), "another-secret");
        fails(FailureKind.STORAGE_DENIED, "", () -> wrong.stat(key("a")));
        fails(FailureKind.STORAGE_DENIED, "credentials", () -> wrong.open(key("a")));
        fails(FailureKind.STORAGE_DENIED, "credentials", () -> wrong.list("").toList());
        fails(FailureKind.STORAGE_DENIED, "credentials", () -> wrong.deleteAll(List.of(key("a"))));
    }

    @Test
    void aMissingBucketIsAnErrorAndNeverAbsence() throws IOException {
        S3Storage missing = storage("no-such-bucket", S3Server.get().endpoint(), S3Server.SECRET);
        String words = "bucket no-such-bucket does not exist";
        fails(FailureKind.STORAGE_UNAVAILABLE, words, () -> missing.stat(key("a")));
        fails(FailureKind.STORAGE_UNAVAILABLE, words, () -> missing.open(key("a")));
        fails(FailureKind.STORAGE_UNAVAILABLE, words, () -> missing.list("").toList());
        fails(FailureKind.STORAGE_UNAVAILABLE, words, () -> missing.put(key("a"), ObjectSource.OfBytes.utf8("x")));
    }

    @Test
    void aServerThatIsNotThereIsSaidSo() throws IOException {
        int closed = io.medusa.testing.RealNode.freePort();
        S3Storage nobody = storage(bucket, URI.create("http://127.0.0.1:" + closed), S3Server.SECRET);
        fails(FailureKind.STORAGE_UNAVAILABLE, "no connection", () -> nobody.stat(key("a")));
    }

    @Test
    void requestsAreRepeatedAndCounted() throws IOException {
        for (Fault fault :
                List.of(Fault.SLOW_DOWN, Fault.INTERNAL_ERROR, Fault.RESET, Fault.RESET_BEFORE, Fault.STALL)) {
            S3Storage storage = through(
                    request -> request.method().equals("PUT") && request.number() % 2 == 1 ? fault : Fault.NONE);
            int before = proxy.requests() % 2;
            if (before == 1) {
                storage.stat(key("to-be-even"));
                storage.stat(key("to-be-even"));
            }
            String name = fault.name();
            long retries = storage.traffic().retries();
            while (storage.traffic().retries() == retries) {
                storage.put(key(name), file(100_000));
            }
            assertThat(read(storage, name)).as(name).isEqualTo(bytes(100_000));
            assertThat(storage.traffic().throttled() > 0).as(name).isEqualTo(fault == Fault.SLOW_DOWN);
        }
    }

    @Test
    void readingGoesOnWhereItBrokeOff() throws IOException {
        direct().put(key("big"), file(3 * MIB));
        for (Fault fault : List.of(Fault.TRUNCATE, Fault.RESET, Fault.SLOW_DOWN)) {
            AtomicInteger gets = new AtomicInteger();
            S3Storage storage = through(
                    request -> request.method().equals("GET") && gets.incrementAndGet() <= 3 ? fault : Fault.NONE);
            assertThat(read(storage, "big")).as(fault.name()).isEqualTo(bytes(3 * MIB));
            assertThat(gets).as(fault.name()).hasValue(4);
        }
    }

    /** What is written to a disk meanwhile may fail, too; then the words are others. */
    @Test
    void aReadThatStaysBrokenIsAFailureOfTheStoreAndNamesTheObject() throws IOException {
        direct().put(key("n1/data/big"), file(MIB));
        S3Storage storage = through(request -> request.method().equals("GET") ? Fault.TRUNCATE : Fault.NONE);
        // half of the rest comes each time, so that it never ends at once
        Path target = directory.resolve("target");
        fails(FailureKind.STORAGE_UNAVAILABLE, "reading n1/data/big in bucket " + bucket, () -> {
            try (InputStream in = storage.open(key("n1/data/big")).orElseThrow()) {
                Files.copy(in, target);
            }
        });
    }

    @Test
    void bytesThatChangeOnTheWayAreRefusedAndSentAgain() throws IOException {
        AtomicInteger puts = new AtomicInteger();
        S3Storage storage = through(request ->
                request.method().equals("PUT") && puts.incrementAndGet() == 1 ? Fault.FLIP_REQUEST : Fault.NONE);
        StoredObject stored = storage.put(key("a"), file(400_000));
        assertThat(puts).hasValueGreaterThan(1);
        assertThat(read(direct(), "a")).isEqualTo(bytes(400_000));
        assertThat(direct().stat(key("a")).orElseThrow().knownHash()).isEqualTo(stored.knownHash());
    }

    @Test
    void aLineThatAlwaysDamagesIsAnErrorAndLeavesNothing() throws IOException {
        S3Storage storage = through(
                request -> request.method().equals("PUT") && request.length() > 1000 ? Fault.FLIP_REQUEST : Fault.NONE);
        assertThatThrownBy(() -> storage.put(key("small"), file(50_000))).isInstanceOf(MedusaException.class);
        assertThatThrownBy(() -> storage.put(key("large"), file(11 * MIB))).isInstanceOf(MedusaException.class);
        assertThat(direct().list("").toList()).isEmpty();
        assertThat(direct().unfinishedUploads("")).isEmpty();
    }

    @Test
    void aWrongClockIsNamed() throws IOException {
        S3Storage storage = through(request -> Fault.SKEWED);
        fails(FailureKind.STORAGE_DENIED, "clock", () -> storage.list("").toList());
    }

    @Test
    void aServerThatNeverAnswersIsGivenUp() throws IOException {
        Path keys = S3Server.keyFile(directory, S3Server.KEY, S3Server.SECRET);
        proxy.script(request -> Fault.SLOW_DOWN);
        S3Storage storage = storage(bucket, proxy.endpoint(), S3Server.SECRET);
        assertThat(keys).exists();
        fails(FailureKind.STORAGE_UNAVAILABLE, "slow down", () -> storage.stat(key("a")));
    }

    /** The vector of docs/compatibility.md 8.2: the tag is that of the concatenated hashes of the parts. */
    @Test
    void largeObjectsHaveTheTagsThatEverybodyComputes() throws Exception {
        S3Storage storage = direct();
        int size = 12 * MIB + 7;
        ObjectSource source = file(size);
        long before = storage.traffic().total();
        StoredObject stored = storage.put(key("large"), source);
        // begin, three parts, complete: and no look afterwards
        assertThat(storage.traffic().total() - before).isEqualTo(5);
        byte[] all = bytes(size);
        MessageDigest md5 = MessageDigest.getInstance("MD5");
        ByteBuffer digests = ByteBuffer.allocate(48);
        for (int from = 0; from < size; from += 5 * MIB) {
            digests.put(md5.digest(Arrays.copyOfRange(all, from, Math.min(size, from + 5 * MIB))));
        }
        String expected = HexFormat.of().formatHex(md5.digest(digests.array())) + "-3";
        assertThat(stored.knownHash().orElseThrow()).hasToString(expected);
        try (S3Client client = S3Server.get().client()) {
            assertThat(client.headObject(head -> head.bucket(bucket).key("large"))
                            .eTag())
                    .isEqualTo('"' + expected + '"');
        }
        assertThat(read(storage, "large")).isEqualTo(all);
        StoredObject copied = storage.copy(key("large"), size, key("copy"));
        assertThat(copied.knownHash()).isEqualTo(stored.knownHash());
        assertThat(read(storage, "copy")).isEqualTo(all);
        storage.put(key("whole"), file(5 * MIB - 1));
        assertThat(storage.stat(key("whole"))
                        .orElseThrow()
                        .knownHash()
                        .orElseThrow()
                        .form())
                .isEqualTo(ContentHash.Form.MD5);
        assertThat(storage.put(key("one"), file(5 * MIB))
                        .knownHash()
                        .orElseThrow()
                        .parts())
                .isEqualTo(1);
    }

    @Test
    void rangesAreThatPartOfTheObject() throws IOException {
        S3Storage storage = direct();
        storage.put(key("a"), file(100_000));
        try (InputStream in = storage.open(key("a"), 1000, 500).orElseThrow()) {
            assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(bytes(100_000), 1000, 1500));
        }
        try (InputStream in = storage.open(key("a"), 99_990, 500).orElseThrow()) {
            assertThat(in.readAllBytes()).hasSize(10);
        }
        assertThat(storage.open(key("b"), 5, 5)).isEmpty();
    }

    @Test
    void partsThatNobodyFinishedAreFoundAndGivenUp() throws IOException {
        S3Storage storage = direct();
        MultipartUpload left = storage.multipart(key("p/left"), file(11 * MIB)).orElseThrow();
        left.put(0);
        List<UnfinishedUpload> found = storage.unfinishedUploads("p/");
        assertThat(found).extracting(UnfinishedUpload::key).containsExactly(key("p/left"));
        assertThat(storage.unfinishedUploads("other/")).isEmpty();
        storage.abort(found.get(0));
        assertThat(storage.unfinishedUploads("")).isEmpty();
        storage.abort(found.get(0));
    }

    @Test
    void deletesInBatches() throws IOException {
        S3Storage storage = direct();
        TransferPool pool = new TransferPool(32, false, Progress.NONE);
        List<ObjectKey> keys =
                IntStream.range(0, 2500).mapToObj(i -> key("many/" + i)).toList();
        pool.mapAll("Storing", keys, any -> 1, any -> storage.put(any, ObjectSource.OfBytes.utf8(any.value())));
        long lists = storage.traffic().requests().getOrDefault("ListObjectsV2", 0L);
        try (Stream<StoredObject> all = storage.list("many/")) {
            assertThat(all.map(StoredObject::key)).hasSize(2500).doesNotHaveDuplicates();
        }
        assertThat(storage.traffic().requests().get("ListObjectsV2") - lists).isEqualTo(3);
        storage.deleteAll(keys);
        assertThat(storage.traffic().requests()).containsEntry("DeleteObjects", 3L);
        assertThat(storage.list("many/").toList()).isEmpty();
    }

    @Test
    void a200MegabyteObjectGoesUpAndComesBackInParts() throws IOException {
        S3Storage storage = direct();
        int size = 200 * MIB;
        ObjectSource source = file(size);
        MultipartUpload upload = storage.multipart(key("huge"), source).orElseThrow();
        assertThat(upload.parts()).isEqualTo(40);
        List<Integer> parts = IntStream.range(0, upload.parts()).boxed().toList();
        new TransferPool(4, false, Progress.NONE).mapAll("Storing", parts, upload::size, part -> {
            upload.put(part);
            return true;
        });
        StoredObject stored = upload.complete();
        assertThat(stored.size()).isEqualTo(size);
        try (InputStream in = storage.open(key("huge")).orElseThrow()) {
            var check = new io.medusa.storage.HashCheck(
                    stored.knownHash(), size, new HashRule(5 * MIB, 5 * MIB, false, false));
            byte[] buffer = new byte[MIB];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                check.update(ByteBuffer.wrap(buffer, 0, read));
            }
            assertThat(check.finish()).isEqualTo(io.medusa.storage.HashCheck.Answer.SAME);
        }
    }

    private S3Settings with(
            S3Settings plain, Optional<String> kms, Optional<Secret> customer, Optional<String> storageClass) {
        return new S3Settings(
                plain.bucket(),
                plain.region(),
                plain.endpoint(),
                plain.pathStyle(),
                plain.credentials(),
                plain.certificates(),
                storageClass,
                kms,
                customer,
                plain.multipartThreshold(),
                plain.partSize(),
                plain.readTimeout(),
                plain.connections());
    }

    private S3Storage open(S3Settings settings) {
        S3Storage storage = new S3Storage(settings, Optional.of(BackoffStrategy.retryImmediately()));
        open.add(storage);
        return storage;
    }

    private S3Settings settings(URI endpoint) throws IOException {
        Path keys = S3Server.keyFile(directory, S3Server.KEY, S3Server.SECRET);
        return S3Server.settings(bucket, endpoint, keys, 5 * MIB, 5 * MIB);
    }

    /** The server here does not do it, so what is asked for is looked at. */
    @Test
    void everyNewObjectAsksForTheKeyAndTheClass() throws IOException {
        List<Request> seen = java.util.Collections.synchronizedList(new ArrayList<>());
        proxy.script(request -> {
            seen.add(request);
            return Fault.NONE;
        });
        S3Storage storage = open(
                with(settings(proxy.endpoint()), Optional.of("key-id"), Optional.empty(), Optional.of("glacier_ir")));
        try {
            storage.put(key("small"), file(1000));
        } catch (MedusaException notImplemented) {
            // the request has been made
        }
        try {
            storage.put(key("large"), file(6 * MIB));
        } catch (MedusaException notImplemented) {
            // the request has been made
        }
        assertThat(seen).hasSizeGreaterThanOrEqualTo(2);
        for (Request request : List.of(
                seen.get(0),
                seen.stream()
                        .filter(one -> one.path().contains("?uploads"))
                        .findFirst()
                        .orElseThrow())) {
            assertThat(request.header("x-amz-server-side-encryption")).contains("aws:kms");
            assertThat(request.header("x-amz-server-side-encryption-aws-kms-key-id"))
                    .contains("key-id");
            assertThat(request.header("x-amz-storage-class")).contains("GLACIER_IR");
        }
        assertThat(storage.hashRule().opaque()).as("its tags are no hashes").isTrue();
    }

    @Test
    void aKeyOfOursGoesWithEveryRequestThatNeedsIt() throws IOException {
        String secret = java.util.Base64.getEncoder()
                .encodeToString("0123456789abcdef0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        S3Settings plain = settings(S3Server.get().endpoint());
        // stray quotes are usual in files that the reference has read
        S3Storage storage =
                open(with(plain, Optional.empty(), Optional.of(new Secret('"' + secret + '"')), Optional.empty()));
        StoredObject small = storage.put(key("small"), file(1000));
        StoredObject large = storage.put(key("large"), file(6 * MIB));
        assertThat(read(storage, "small")).isEqualTo(bytes(1000));
        assertThat(read(storage, "large")).isEqualTo(bytes(6 * MIB));
        storage.copy(key("small"), 1000, key("copy"));
        assertThat(read(storage, "copy")).isEqualTo(bytes(1000));
        assertThat(storage.stat(key("small"))
                        .orElseThrow()
                        .knownHash()
                        .orElseThrow()
                        .form())
                .isEqualTo(ContentHash.Form.OPAQUE);
        assertThat(small.knownHash().orElseThrow().form())
                .as("of what was sent")
                .isEqualTo(ContentHash.Form.MD5);
        assertThat(large.knownHash().orElseThrow().form()).isEqualTo(ContentHash.Form.MULTIPART);
        S3Storage without = open(plain);
        assertThatThrownBy(() -> read(without, "small")).isInstanceOf(MedusaException.class);
        assertThatThrownBy(() ->
                        open(with(plain, Optional.empty(), Optional.of(new Secret("c2hvcnQ=")), Optional.empty())))
                .hasMessageContaining("base64 of 32 bytes")
                .hasMessageNotContaining("c2hvcnQ");
    }

    private Path keyTool(String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString()));
        command.addAll(List.of(words));
        command.addAll(List.of(
                "-keystore", directory.resolve("keys.p12").toString(), "-storepass", "changeit", "-alias", "s"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return directory.resolve("keys.p12");
    }

    @Test
    void certificatesAreCheckedUnlessSomebodySwitchesThatOff() throws Exception {
        Path keys = keyTool(
                "-genkeypair",
                "-keyalg",
                "EC",
                "-dname",
                "CN=medusa test",
                "-ext",
                "san=ip:127.0.0.1",
                "-storetype",
                "PKCS12");
        Path certificate = directory.resolve("ca.pem");
        keyTool("-exportcert", "-rfc", "-file", certificate.toString());
        java.security.KeyStore store = java.security.KeyStore.getInstance(keys.toFile(), "changeit".toCharArray());
        var managers = javax.net.ssl.KeyManagerFactory.getInstance("PKIX");
        managers.init(store, "changeit".toCharArray());
        var context = javax.net.ssl.SSLContext.getInstance("TLS");
        context.init(managers.getKeyManagers(), null, null);
        FaultProxy tls = new FaultProxy(S3Server.get().port(), context.getServerSocketFactory(), request -> Fault.NONE);
        open.add(tls);
        URI endpoint = URI.create("https://127.0.0.1:" + tls.port());
        // the proxy ends TLS; the server behind it sees the host that was signed
        S3Settings plain = settings(endpoint);
        fails(FailureKind.STORAGE_UNAVAILABLE, "ca_cert", () -> open(plain).stat(key("a")));
        for (S3Settings.Certificates trusting : List.of(
                new S3Settings.Certificates(true, Optional.of(certificate)),
                new S3Settings.Certificates(false, Optional.empty()))) {
            S3Storage storage = open(new S3Settings(
                    bucket,
                    plain.region(),
                    plain.endpoint(),
                    true,
                    plain.credentials(),
                    trusting,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    5 * MIB,
                    5 * MIB,
                    plain.readTimeout(),
                    8));
            storage.put(key("a"), file(300_000));
            assertThat(read(storage, "a")).isEqualTo(bytes(300_000));
        }
        Files.writeString(certificate, "no certificate");
        assertThatThrownBy(() -> open(new S3Settings(
                        bucket,
                        plain.region(),
                        plain.endpoint(),
                        true,
                        plain.credentials(),
                        new S3Settings.Certificates(true, Optional.of(certificate)),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        5 * MIB,
                        5 * MIB,
                        plain.readTimeout(),
                        8)))
                .hasMessageContaining("ca_cert");
    }

    /** Without TLS the SDK reads everything twice, the first time for the signature. */
    @Test
    void onlyWhatIsSentCountsAsTraffic() throws IOException {
        S3Storage storage = direct();
        for (int size : new int[] {1000, 600_000, 11 * MIB}) {
            java.util.concurrent.atomic.AtomicLong sent = new java.util.concurrent.atomic.AtomicLong();
            storage.put(key("paced-" + size), new ObjectSource.Paced(file(size), sent::addAndGet));
            assertThat(sent).as("of " + size).hasValue(size);
        }
    }

    /** What lists and manifests are made of can be read at any time, however large it is; so can copies. */
    @Test
    void onlyDataRestsInAnArchive() throws IOException {
        List<Request> seen = java.util.Collections.synchronizedList(new ArrayList<>());
        proxy.script(request -> {
            seen.add(request);
            return Fault.NONE;
        });
        S3Storage storage =
                open(with(settings(proxy.endpoint()), Optional.empty(), Optional.empty(), Optional.of("deep_archive")));
        ObjectSource text = ObjectSource.OfBytes.utf8("x".repeat(6 * MIB));
        storage.put(key("text"), ObjectSource.OfBytes.utf8("x"));
        storage.put(key("large-text"), text);
        storage.copy(key("large-text"), 6 * MIB, key("copy"));
        assertThat(seen)
                .noneMatch(request -> request.header("x-amz-storage-class").isPresent());
        try {
            storage.put(key("data"), file(6 * MIB));
        } catch (MedusaException notImplemented) {
            // the request has been made
        }
        assertThat(seen).anyMatch(request -> request.header("x-amz-storage-class")
                .filter("DEEP_ARCHIVE"::equals)
                .isPresent());
    }
}
