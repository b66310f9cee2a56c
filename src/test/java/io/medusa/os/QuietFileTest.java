package io.medusa.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.BitSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Reading gigabytes must not throw out of memory what the database has there. */
final class QuietFileTest {
    private static final int SIZE = 16 << 20;
    private static final int PAGES = SIZE / 4096;

    private Path file;

    @BeforeEach
    void notInMemory() throws IOException {
        // on a disk: a temporary directory may be in memory itself
        file = Files.createTempFile(Files.createDirectories(Path.of("target/real")), "quiet", ".db");
        file.toFile().deleteOnExit();
        Files.write(file, new byte[SIZE]);
        FileSystems.sync(file.toAbsolutePath().getParent());
        QuietFile.forget(file);
        assumeTrue(
                resident().cardinality() < PAGES / 10,
                "SKIPPED: this system does not say, or does not let go of, what is in memory");
    }

    private BitSet resident() {
        return QuietFile.resident(file, SIZE).orElseGet(() -> {
            BitSet all = new BitSet();
            all.set(0, PAGES);
            return all;
        });
    }

    private void readAll() throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(1 << 20);
        long size = 0;
        try (ReadableByteChannel in = QuietFile.open(file)) {
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                size += read;
                buffer.clear();
            }
        }
        assertThat(size).isEqualTo(SIZE);
    }

    @Test
    void whatTheReadingBroughtInIsGivenBack() throws IOException {
        readAll();
        assertThat(resident().cardinality()).isLessThan(PAGES / 10);
    }

    @Test
    void whatWasThereStaysThere() throws IOException {
        try (FileChannel database = FileChannel.open(file, StandardOpenOption.READ)) {
            database.read(ByteBuffer.allocate(4 << 20), 4 << 20);
        }
        BitSet before = resident();
        assertThat(before.cardinality()).isGreaterThanOrEqualTo(1024);
        readAll();
        BitSet after = resident();
        assertThat(after.get(1024, 2048).cardinality()).as("the database's").isEqualTo(1024);
        assertThat(after.cardinality()).as("no more than before").isLessThan(before.cardinality() + PAGES / 10);
    }
}
