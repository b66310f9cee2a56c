package io.medusa.backup;

import io.medusa.model.TableDirectory;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What is to be done with the files of a snapshot.
 *
 * @param tables all of them, those without files, too
 * @param keys tells another key for a file whose key turns out to be taken
 * @param hashes what has been read of files and objects so far
 * @param builtIndexes the secondary indexes that were built, by table
 */
record PlannedUpload(
        Set<TableDirectory> tables,
        List<PlannedFile> files,
        UploadPlan keys,
        ContentHashes hashes,
        Map<TableDirectory, Set<String>> builtIndexes) {}
