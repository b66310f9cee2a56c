package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.ManifestEntry;
import io.medusa.model.ManifestSection;
import io.medusa.model.NodeBackup;
import io.medusa.model.NodeName;
import io.medusa.model.TableDirectory;
import io.medusa.repository.BackupCatalog;
import io.medusa.repository.RepositoryLayout;
import io.medusa.storage.local.LocalStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A table that was dropped or created while the backup was made. */
final class DefinitionsTest {
    private static final String ID = "0123456789abcdef0123456789abcdef";
    private static final TableDirectory TABLE = new TableDirectory("ks", "t-" + ID);
    private static final TableDirectory TABLES =
            new TableDirectory("system_schema", "tables-afddfb9dbc1e30688056eed6c302ba09");
    private static final NodeBackup BACKUP = new NodeBackup(
            new NodeName("n1"), new BackupName("one"), BackupMode.DIFFERENTIAL, Instant.EPOCH, Instant.EPOCH);

    @TempDir
    Path directory;

    private ManifestEntry object(TableDirectory table, String name, byte[] content) throws IOException {
        String key = "n1/data/" + table + "/" + name;
        Path file = directory.resolve("bucket").resolve(key);
        Files.createDirectories(file.getParent());
        Files.write(file, content);
        return new ManifestEntry(key, content.length, null);
    }

    private void require(byte[] rows) throws IOException {
        Path meta = Files.createDirectories(directory.resolve("bucket/n1/one/meta"));
        Files.writeString(meta.resolve("schema.cql"), "CREATE KEYSPACE ks");
        BackupCatalog catalog =
                new BackupCatalog(new LocalStorage(directory.resolve("bucket")), new RepositoryLayout(""));
        new Definitions(catalog)
                .require(
                        catalog.stored(BACKUP),
                        List.of(
                                new ManifestSection(TABLE, List.of(object(TABLE, "nb-1-big-Data.db", new byte[1]))),
                                new ManifestSection(TABLES, List.of(object(TABLES, "nb-1-big-Data.db", rows)))));
    }

    @Test
    void dataThatNoDefinitionIsLeftOfIsRefused() {
        assertThatThrownBy(() -> require(new byte[1000]))
                .hasMessageContaining("the backup has data of ks.t but no definition")
                .hasMessageContaining("Nothing was changed");
    }

    @Test
    void theNodesOwnTablesOfTheSchemaMayKnowMoreThanTheText() throws IOException {
        byte[] rows = Arrays.copyOf(HexFormat.of().parseHex("ffff" + ID), 1000);
        require(rows);
        assertThat(rows).hasSize(1000);
    }
}
