package io.medusa.restore;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.model.Component;
import io.medusa.model.SSTableName;
import io.medusa.os.Privileges;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Makes the {@code TOC.txt} of staged SSTables name only components that are staged. Others are in it where a table is restored without its
 * secondary indexes, or where an index was dropped before the backup.
 */
final class ComponentLists {
    private ComponentLists() {}

    /** @param staged all files of the SSTables */
    static void trim(Collection<Path> staged, Privileges privileges) {
        Set<Path> there = new HashSet<>(staged);
        for (Path file : staged) {
            Optional<SSTableName> toc = SSTableName.parse(String.valueOf(file.getFileName()))
                    .filter(name -> name.component() == Component.TOC);
            // if it cannot be read, leave it: Cassandra ignores listed components that are missing
            if (toc.isPresent() && Files.isReadable(file)) {
                String prefix = toc.get().sstable() + "-";
                List<String> listed = lines(file);
                List<String> present = listed.stream()
                        .filter(component -> there.contains(file.resolveSibling(prefix + component)))
                        .toList();
                if (!present.equals(listed)) {
                    privileges.replaceFile(file, String.join("\n", present) + "\n");
                }
            }
        }
    }

    private static List<String> lines(Path toc) {
        try {
            return Files.readAllLines(toc).stream()
                    .map(String::strip)
                    .filter(line -> !line.isEmpty())
                    .toList();
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + toc, failed, FailureKind.LOCAL_FILE);
        }
    }
}
