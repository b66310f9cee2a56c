package io.medusa.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BackupNameTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "differential_20260101020304",
                "daily-incremental-1",
                "2026-11-28T02:00:00+01:00",
                "all-nodes-1",
                "nightly 2024",
                "Sat Nov  8 02:00:00 UTC 2026",
                "my_data",
                "user@host,weekly~1=x"
            })
    void namesThatBothProgramsKeepApartAreTaken(String name) {
        assertThat(BackupName.forNewBackup(name, BackupMode.DIFFERENTIAL).value())
                .isEqualTo(name);
    }

    @ParameterizedTest
    @CsvSource({
        "data1,takes names that begin with 'data' for the pool of data files",
        "database_2024,takes names that begin with 'data' for the pool of data files",
        "x_finished,cannot list a bucket with names that contain 'finished'",
        "restarted,cannot list a bucket with names that contain 'started'",
        "my-tokenmap,cannot list a bucket with names that contain 'tokenmap'",
        "my-manifest,cannot list a bucket with names that contain 'manifest'",
        "weekly-nodes,stores files under wrong keys if the name ends with 'nodes'",
        "50%,use only letters",
        "it's,use only letters",
        "' x',use only letters",
        "'x ',use only letters",
        "a\tb,control characters",
        "a/b,'nor contain ''/'''",
        "-x,must not begin",
        ".x,must not begin"
    })
    void othersAreRefusedWithTheReason(String name, String why) {
        assertThatThrownBy(() -> BackupName.forNewBackup(name, BackupMode.DIFFERENTIAL))
                .hasMessageStartingWith("backup name '")
                .hasMessageContaining(why);
    }

    @Test
    void spacesAreRefusedForAClusterOnly() {
        assertThat(BackupName.forNewClusterBackup("nightly-2024", BackupMode.FULL)
                        .value())
                .isEqualTo("nightly-2024");
        assertThatThrownBy(() -> BackupName.forNewClusterBackup("nightly 2024", BackupMode.FULL))
                .hasMessage("backup name 'nightly 2024' cannot be used: the Python Medusa's restore-cluster stops all"
                        + " nodes before it fails on a name with spaces; choose another name");
    }

    @ParameterizedTest
    @ValueSource(strings = {"differential_1", "my-incremental"})
    void fullBackupsMustNotLookDifferential(String name) {
        assertThatThrownBy(() -> BackupName.forNewBackup(name, BackupMode.FULL))
                .hasMessageContaining("takes a full backup for a differential one if its name contains '")
                .hasMessageEndingWith("choose another name");
    }
}
