package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.os.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ComponentListsTest {
    @TempDir
    Path directory;

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    @Test
    void aListNamesOnlyWhatIsStagedAndLinksKeepWhatTheySay() throws IOException {
        String everything = "Data.db\nTOC.txt\nSAI+ca+i+Meta.db\nStatistics.db\n";
        Path data = write("nb-1-big-Data.db", "rows");
        Path toc = write("nb-1-big-TOC.txt", everything);
        Path statistics = write("nb-1-big-Statistics.db", "");
        Path live = Files.createLink(directory.resolve("live"), toc);
        Path whole = write("nb-2-big-TOC.txt", "TOC.txt\n");
        Object before = Files.getAttribute(whole, "unix:ino");
        ComponentLists.trim(List.of(data, toc, statistics, whole), Privileges.over(directory, false));
        assertThat(toc).hasContent("Data.db\nTOC.txt\nStatistics.db\n");
        assertThat(live).hasContent(everything);
        assertThat(Files.getAttribute(whole, "unix:ino")).isEqualTo(before);
        assertThat(directory.resolve("nb-1-big-TOC.txt.medusa-new")).doesNotExist();
    }
}
