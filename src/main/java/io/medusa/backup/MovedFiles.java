package io.medusa.backup;

import io.medusa.model.ManifestSection;
import java.util.List;

/**
 * What is in the store now.
 *
 * @param sections for the manifest
 * @param damaged files that are in the backup as they are, though they are not as Cassandra wrote them
 */
record MovedFiles(List<ManifestSection> sections, BackupCounts counts, List<DamagedFile> damaged) {}
