import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * Makes the files that the benchmark backs up: SSTables of the big format with random content that depends on their names only.
 *
 * <pre>
 * Data make DIR TABLES SSTABLES DATA_BYTES   DATA_BYTES 0: every component has 1 to 20 KB
 * Data add DIR SSTABLES DATA_BYTES           more SSTables for every table
 * Data snapshot DIR TAG                      a snapshot of all tables, by links, as Cassandra makes it
 * </pre>
 */
public final class Data {
    private static final String[] COMPONENTS = {
        "Data.db", "Index.db", "Filter.db", "Summary.db", "Statistics.db", "CRC.db"
    };

    private Data() {}

    public static void main(String... args) throws IOException {
        Path root = Path.of(args[1]);
        switch (args[0]) {
            case "make" -> {
                for (int table = 0; table < Integer.parseInt(args[2]); table++) {
                    String name = String.format(Locale.ROOT, "t%02d-%032x", table, 0x1000 + table);
                    Path directory = Files.createDirectories(
                            root.resolve("bench" + table % 4).resolve(name));
                    for (int i = 1; i <= Integer.parseInt(args[3]); i++) {
                        sstable(directory, i, Long.parseLong(args[4]));
                    }
                }
            }
            case "add" -> {
                for (Path table : tables(root)) {
                    int last = live(table).stream()
                            .mapToInt(file -> Integer.parseInt(file.getFileName().toString().split("-")[1]))
                            .max()
                            .orElse(0);
                    for (int i = 1; i <= Integer.parseInt(args[2]); i++) {
                        sstable(table, last + i, Long.parseLong(args[3]));
                    }
                }
            }
            case "snapshot" -> {
                for (Path table : tables(root)) {
                    snapshot(table, args[2]);
                }
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
    }

    private static List<Path> tables(Path root) throws IOException {
        List<Path> tables = new ArrayList<>();
        for (Path keyspace : entries(root)) {
            tables.addAll(entries(keyspace));
        }
        return tables;
    }

    private static List<Path> entries(Path directory) throws IOException {
        try (Stream<Path> entries = Files.list(directory)) {
            return entries.sorted().toList();
        }
    }

    private static List<Path> live(Path table) throws IOException {
        return entries(table).stream().filter(Files::isRegularFile).toList();
    }

    private static void snapshot(Path table, String tag) throws IOException {
        Path snapshot = Files.createDirectories(table.resolve("snapshots").resolve(tag));
        List<String> names = new ArrayList<>();
        for (Path file : live(table)) {
            Files.createLink(snapshot.resolve(file.getFileName()), file);
            names.add("\"" + file.getFileName() + "\"");
        }
        Files.writeString(snapshot.resolve("manifest.json"), "{\"files\": [" + String.join(", ", names) + "]}");
        Files.writeString(snapshot.resolve("schema.cql"), "");
    }

    private static void sstable(Path table, int number, long dataBytes) throws IOException {
        String prefix = "nb-" + number + "-big-";
        CRC32 crc = new CRC32();
        for (String component : COMPONENTS) {
            SplittableRandom random =
                    new SplittableRandom((table.getFileName() + prefix + component).hashCode());
            boolean big = dataBytes > 0 && component.equals("Data.db");
            long size = big ? dataBytes : 1024 + random.nextInt(19 * 1024 + 1);
            byte[] block = new byte[(int) Math.min(size, 1 << 20)];
            try (OutputStream out = Files.newOutputStream(table.resolve(prefix + component))) {
                for (long done = 0; done < size; done += block.length) {
                    random.nextBytes(block);
                    out.write(block);
                    if (component.equals("Data.db")) {
                        crc.update(block);
                    }
                }
            }
        }
        Files.write(table.resolve(prefix + "Digest.crc32"), Long.toString(crc.getValue()).getBytes(StandardCharsets.US_ASCII));
        Files.write(
                table.resolve(prefix + "TOC.txt"),
                (String.join("\n", COMPONENTS) + "\nDigest.crc32\nTOC.txt\n").getBytes(StandardCharsets.US_ASCII));
    }
}
