package io.medusa.restore;

/**
 * What was staged.
 *
 * @param files all of them
 * @param bytes of all of them
 * @param fetched files that were downloaded; the others were reused from disk
 * @param fetchedBytes of the files that were downloaded
 */
record StagedFiles(int files, long bytes, int fetched, long fetchedBytes) {}
