package io.medusa.cassandra;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which chunk is damaged, in every layout of CompressionInfo.db. */
class ChunkChecksumsTest {
    private static final int CHUNK = 10;

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource({"me-1-big, false", "nb-1-big, true", "oa-1-big, true", "da-1-bti, true", "ea-1-bti, true"})
    void theDamagedChunkIsNamed(String sstable, boolean maxLength) throws IOException {
        Path data = directory.resolve(sstable + "-Data.db");
        try (DataOutputStream out = new DataOutputStream(Files.newOutputStream(data))) {
            for (int chunk = 0; chunk < 3; chunk++) {
                byte[] bytes = new byte[CHUNK];
                CRC32 crc = new CRC32();
                crc.update(bytes);
                bytes[0] = (byte) (chunk == 1 ? 7 : 0);
                out.write(bytes);
                out.writeInt((int) crc.getValue());
            }
        }
        try (DataOutputStream out =
                new DataOutputStream(Files.newOutputStream(directory.resolve(sstable + "-CompressionInfo.db")))) {
            out.writeUTF("LZ4Compressor");
            out.writeInt(0);
            out.writeInt(16384);
            if (maxLength) {
                out.writeInt(Integer.MAX_VALUE);
            }
            out.writeLong(3 * CHUNK);
            out.writeInt(3);
            for (int chunk = 0; chunk < 3; chunk++) {
                out.writeLong(chunk * (CHUNK + 4L));
            }
        }

        assertThat(ChunkChecksums.locate(data)).isEqualTo("damaged chunk 2 of 3 (bytes 14 to 27)");
    }
}
