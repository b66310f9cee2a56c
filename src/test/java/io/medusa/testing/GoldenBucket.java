package io.medusa.testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The bucket that the reference wrote, unpacked with its modification times. */
public final class GoldenBucket {
    private GoldenBucket() {}

    /** Unpacks into {@code parent/golden}. */
    public static Path unpack(Path parent) throws IOException, InterruptedException {
        Path archive = parent.resolve("golden.tgz");
        try (InputStream in = open("bucket.tgz")) {
            Files.copy(in, archive);
        }
        Process tar = new ProcessBuilder("tar", "-xzpf", archive.toString(), "-C", parent.toString()).start();
        if (tar.waitFor() != 0) {
            throw new AssertionError("tar failed");
        }
        Files.delete(archive);
        return parent.resolve("golden");
    }

    /** What the reference printed. */
    public static String printed(String file) throws IOException {
        try (InputStream in = open(file)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).strip() + "\n";
        }
    }

    private static InputStream open(String name) {
        InputStream in = GoldenBucket.class.getResourceAsStream("/golden/" + name);
        if (in == null) {
            throw new AssertionError("no resource " + name);
        }
        return in;
    }

    /** A configuration for the bucket that needs no Cassandra. */
    public static Path ini(Path directory, Path parent) throws IOException {
        return Files.writeString(
                directory.resolve("golden.ini"),
                "[storage]\nstorage_provider = local\nbase_path = " + parent
                        + "\nbucket_name = golden\nfqdn = 127.0.0.1\n[cassandra]\nresolve_ip_addresses = False\n");
    }
}
