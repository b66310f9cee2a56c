package io.medusa.restore;

import java.util.List;

/**
 * What a restore of a table will do.
 *
 * @param created whether the table is missing and will be created
 * @param sstables to import
 * @param alreadyThere SSTables of the backup whose data is in the table's directory already
 * @param files of the imported SSTables
 * @param bytes of all of them
 * @param filesToFetch files to download; the others are reused from disk
 */
public record TableRestorePlan(
        boolean created,
        int sstables,
        int alreadyThere,
        int files,
        long bytes,
        int filesToFetch,
        long bytesToFetch,
        List<RestorePlan.Space> spaces) {}
