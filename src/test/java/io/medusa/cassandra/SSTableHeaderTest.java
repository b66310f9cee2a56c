package io.medusa.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Components that Cassandra 5.0.9 wrote in its three formats, and what they say. */
final class SSTableHeaderTest {
    private static final int CHECKSUM = 4;

    private static byte[] component(String name) throws IOException {
        try (InputStream in = SSTableHeaderTest.class.getResourceAsStream("/sstables/" + name + "-Statistics.db")) {
            return in.readAllBytes();
        }
    }

    private static SSTableHeader read(String sstable, byte[] bytes) throws IOException {
        return SSTableHeader.read(
                sstable, bytes.length, (offset, length) -> new ByteArrayInputStream(bytes, (int) offset, (int) length));
    }

    private static String inner() {
        return "inner (a int)";
    }

    @ParameterizedTest
    @CsvSource({"nb-1-big, nb", "oa-1-big, oa", "da-1-bti, da"})
    void everyFormatTellsKeysColumnsAndTheirTypes(String sstable, String format) throws IOException {
        SSTableHeader header = read(sstable, component(format + "-many"));
        assertThat(header.partitioner()).isEqualTo("org.apache.cassandra.dht.Murmur3Partitioner");
        assertThat(Instant.EPOCH.plus(header.oldestMicros(), ChronoUnit.MICROS))
                .isBetween("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        assertThat(header.beforeFrozen()).isFalse();
        assertThat(header.key()).hasToString("[int, text]");
        assertThat(header.clustering()).hasToString("[timeuuid DESC, int ASC]");
        assertThat(header.statics()).hasToString("{s=text}");
        assertThat(header.regulars()).hasSize(7);
        Map.of(
                        "Quoted Name", "int",
                        "m", "map<text, frozen<set<int>>>",
                        "u", "outer (i frozen<" + inner() + ">, b text)",
                        "f", "frozen<outer (i frozen<" + inner() + ">, b text)>",
                        "v", "vector<float, 3>",
                        "t", "frozen<tuple<int, text>>",
                        "k", "duration")
                .forEach((column, type) ->
                        assertThat(header.regulars().get(column)).as(column).hasToString(type));
        assertThat(read(sstable, component(format + "-counted")).regulars()).hasToString("{n=counter}");
    }

    @Test
    void compactStorageHasTheColumnsOfSystemSchema() throws IOException {
        SSTableHeader fixed = read("nb-1-big", component("nb-compact"));
        assertThat(fixed.clustering()).hasToString("[text ASC]");
        assertThat(fixed.statics()).hasToString("{a=int, b=text}");
        SSTableHeader dense = read("nb-1-big", component("nb-dense"));
        assertThat(dense.clustering()).hasToString("[int ASC]");
        assertThat(dense.regulars()).hasToString("{v=text}");
    }

    /** The same without checksums, as Cassandra 3 wrote it, with so much metadata of another kind before the header. */
    private static byte[] withoutChecksums(byte[] bytes, int more) throws IOException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        int count = in.getInt();
        in.getInt();
        int[] kinds = new int[count];
        int[] offsets = new int[count + 1];
        for (int i = 0; i < count; i++) {
            kinds[i] = in.getInt();
            offsets[i] = in.getInt();
        }
        offsets[count] = bytes.length;
        ByteArrayOutputStream parts = new ByteArrayOutputStream();
        ByteBuffer contents =
                ByteBuffer.allocate(Integer.BYTES * (1 + 2 * count)).putInt(count);
        for (int i = 0; i < count; i++) {
            if (i == count - 1) {
                parts.write(new byte[more]);
            }
            contents.putInt(kinds[i]).putInt(contents.capacity() + parts.size());
            parts.write(bytes, offsets[i], offsets[i + 1] - offsets[i] - CHECKSUM);
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.write(contents.array());
        all.write(parts.toByteArray());
        return all.toByteArray();
    }

    @Test
    void formatsOfCassandra3HaveNoChecksumsAndDoNotTellFrozenUserTypes() throws IOException {
        SSTableHeader header = read("me-1-big", withoutChecksums(component("nb-many"), 0));
        assertThat(header.beforeFrozen()).isTrue();
        assertThat(header.oldestMicros())
                .isEqualTo(read("nb-1-big", component("nb-many")).oldestMicros());
        assertThat(header.regulars())
                .isEqualTo(read("nb-1-big", component("nb-many")).regulars());
    }

    @Test
    void ofALargeComponentOnlyWhatIsNeededIsRead() throws IOException {
        byte[] large = withoutChecksums(component("nb-many"), 1_000_000);
        long[] read = new long[1];
        SSTableHeader header = SSTableHeader.read("me-1-big", large.length, (offset, length) -> {
            read[0] += length;
            return new ByteArrayInputStream(large, (int) offset, (int) length);
        });
        assertThat(header.statics()).hasToString("{s=text}");
        assertThat(read[0]).isLessThan(10_000);
    }

    @Test
    void damageIsNoticed() throws IOException {
        byte[] bytes = component("nb-many");
        byte[] flipped = bytes.clone();
        flipped[bytes.length - 200] = (byte) (flipped[bytes.length - 200] ^ 1);
        assertThatThrownBy(() -> read("nb-1-big", flipped)).hasMessageContaining("its own checksum does not match");
        for (int length : List.of(0, 3, 20, 44, 100, bytes.length - 1)) {
            assertThatThrownBy(() -> read("nb-1-big", Arrays.copyOf(bytes, length)))
                    .as("%d bytes", length)
                    .isInstanceOf(IOException.class);
        }
        assertThatThrownBy(() -> read("nb-1-big", "statistics of content".getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(IOException.class);
        assertThatThrownBy(() -> read("la-1-big", bytes)).hasMessageContaining("format la");
    }
}
