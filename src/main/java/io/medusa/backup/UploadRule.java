package io.medusa.backup;

import io.medusa.repository.BackupTarget;
import io.medusa.repository.RepositoryLayout;

/**
 * How files are compared with stored objects, and which keys new content gets.
 *
 * @param backup the backup that uploads them
 * @param tagged whether new content never goes to a plain key of the pool
 */
record UploadRule(BackupTarget backup, RepositoryLayout layout, Comparison comparison, boolean tagged) {}
