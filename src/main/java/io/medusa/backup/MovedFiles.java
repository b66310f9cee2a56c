package io.medusa.backup;

import io.medusa.model.ManifestSection;
import java.util.List;

/**
 * The files of a backup, now all in the store.
 *
 * @param sections for the manifest
 * @param damaged files that were already damaged on the node; the backup contains them unchanged
 */
record MovedFiles(List<ManifestSection> sections, BackupCounts counts, List<DamagedFile> damaged) {}
