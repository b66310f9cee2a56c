package io.medusa.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SSTableTest {
    private static final TableDirectory ORDERS = new TableDirectory("shop", "orders-6f2c0000000000000000000000000001");
    private static final TableDirectory ITEMS = new TableDirectory("shop", "items-6f2c0000000000000000000000000002");

    @ParameterizedTest
    @CsvSource({
        "nb-12-big-Data.db,nb-12-big,Data.db,true",
        "ma-1-big-Statistics.db,ma-1-big,Statistics.db,false",
        "da-3gkm_0wcd_3xmdc2qj0ndpeppqec-bti-Rows.db,da-3gkm_0wcd_3xmdc2qj0ndpeppqec-bti,Rows.db,true",
        "oa-2-big-SAI+aa+idx-name+Meta.db,oa-2-big,SAI+aa+idx-name+Meta.db,false",
        "nb-1-big-Digest.crc32,nb-1-big,Digest.crc32,true",
        "nb-1-big-Summary.db,nb-1-big,Summary.db,false",
        "nb-1-big-Filter.db,nb-1-big,Filter.db,false",
        "nb-1-big-TOC.txt,nb-1-big,TOC.txt,false",
        "la-1-big-Digest.adler32,la-1-big,Digest.adler32,false",
        "shop-orders-ka-7-Data.db,shop-orders-ka-7,Data.db,true",
        "shop-orders.by_status-jb-7-Digest.sha1,shop-orders.by_status-jb-7,Digest.sha1,false",
        "ma-1-big-SI_by_name.db,ma-1-big,SI_by_name.db,false",
        "bb-1-bti-SAI_by_name_TermsData.db,bb-1-bti,SAI_by_name_TermsData.db,false"
    })
    void componentsOfAllFormats(String file, String sstable, String ending, boolean covered) {
        assertThat(SSTableName.isComponent(file)).isTrue();
        assertThat(SSTableName.isComponent(".by_status/" + file)).isTrue();
        SSTableName name = SSTableName.parse(file).orElseThrow();
        assertThat(name.sstable()).isEqualTo(sstable);
        assertThat(name.ending()).isEqualTo(ending);
        assertThat(name.component().isCoveredByDigest()).isEqualTo(covered);
    }

    @ParameterizedTest
    @CsvSource({
        "nb-12-big-Data.db, nb, big",
        "da-3gkm_0wcd_3xmdc2qj0ndpeppqec-bti-Rows.db, da, bti",
        "la-1-big-Digest.adler32, la, big",
        "shop-orders-ka-7-Data.db, ka, big",
        "shop-orders.by_status-jb-17-Digest.sha1, jb, big"
    })
    void namesTellVersionAndFormat(String file, String version, String format) {
        SSTableName name = SSTableName.parse(file).orElseThrow();
        assertThat(name.version()).isEqualTo(version);
        assertThat(name.format()).isEqualTo(format);
    }

    @Test
    void otherFilesAreNoComponents() {
        for (String file : List.of("manifest.json", "Data.db", "nb-1-big", "backup.log", "")) {
            assertThat(SSTableName.parse(file)).as(file).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "Data.db,DATA,false,false",
        "Statistics.db,STATISTICS,true,false",
        "Summary.db,SUMMARY,true,false",
        "Filter.db,FILTER,false,false",
        "TOC.txt,TOC,false,false",
        "SI_by_name.db,SASI,false,true",
        "SAI+aa+idx+Meta.db,SAI,false,true",
        "SAI_by_name_TermsData.db,DSE_SAI,false,true",
        "Data.db.tmp,UNKNOWN,false,false"
    })
    void componentsChangeOrBelongToAnIndex(String ending, Component component, boolean rewritten, boolean ofIndex) {
        assertThat(Component.of(ending)).isEqualTo(component);
        assertThat(component.isRewritten()).isEqualTo(rewritten);
        assertThat(component.isOfIndex()).isEqualTo(ofIndex);
    }

    @Test
    void filesOfOneNameInOneDirectoryAreOneSSTable() {
        BackupFile data = file(ORDERS, "", "nb-1-big-Data.db", 10);
        BackupFile digest = file(ORDERS, "", "nb-1-big-Digest.crc32", 2);
        BackupFile indexed = file(ORDERS, ".by_status", "nb-1-big-Data.db", 3);
        BackupFile later = file(ORDERS, "", "nb-2-big-Data.db", 4);
        BackupFile elsewhere = file(ITEMS, "", "nb-1-big-Data.db", 5);
        BackupFile none = file(ITEMS, "", "backup.log", 6);

        List<SSTable<BackupFile>> sstables = SSTable.group(List.of(data, indexed, later, digest, elsewhere, none));

        assertThat(sstables)
                .containsExactly(
                        new SSTable<>(ORDERS, "", "nb-1-big", List.of(data, digest)),
                        new SSTable<>(ORDERS, ".by_status", "nb-1-big", List.of(indexed)),
                        new SSTable<>(ORDERS, "", "nb-2-big", List.of(later)),
                        new SSTable<>(ITEMS, "", "nb-1-big", List.of(elsewhere)),
                        new SSTable<>(ITEMS, "", "backup.log", List.of(none)));
        assertThat(sstables.get(0).size()).isEqualTo(12);
        assertThat(sstables.get(0).find(Component.DIGEST)).contains(digest);
        assertThat(sstables.get(0).find(Component.TOC)).isEmpty();
        assertThat(sstables).extracting(SSTable::isOfTable).containsExactly(true, false, true, true, true);
    }

    private static BackupFile file(TableDirectory table, String subdirectory, String name, long size) {
        return new BackupFile(table, subdirectory, new ManifestEntry("n/data/" + name, size, null));
    }
}
