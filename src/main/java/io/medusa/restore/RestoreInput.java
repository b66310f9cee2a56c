package io.medusa.restore;

import io.medusa.model.ManifestSection;
import io.medusa.model.TableDirectory;
import io.medusa.repository.StoredBackup;
import io.medusa.restore.Placement.Placed;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What is restored from a backup, and where it goes.
 *
 * @param sections the tables to restore
 * @param targets the present directory of each table, where it differs from that in the backup
 * @param placed all files, each with its data directory
 * @param tokens to take over; none in place
 */
record RestoreInput(
        StoredBackup backup,
        List<ManifestSection> sections,
        Map<TableDirectory, TableDirectory> targets,
        List<Placed> placed,
        List<BigInteger> tokens) {
    /** The same with tables whose directories are not those that were planned; what is staged is moved there. */
    RestoreInput moved(Map<TableDirectory, TableDirectory> moved, StageFiles staged) {
        Map<TableDirectory, TableDirectory> now = new HashMap<>(targets);
        now.replaceAll((table, target) -> moved.getOrDefault(target, target));
        return new RestoreInput(backup, sections, now, staged.move(placed, moved), tokens);
    }

    /** The present directories of all tables. */
    Set<TableDirectory> tables() {
        return sections.stream()
                .map(section -> targets.getOrDefault(section.table(), section.table()))
                .collect(Collectors.toSet());
    }
}
