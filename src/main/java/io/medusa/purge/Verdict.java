package io.medusa.purge;

import io.medusa.model.NodeBackup;

/**
 * What retention does with a backup, and why.
 *
 * @param expires whether the next purge deletes it
 * @param reason in a few words
 */
public record Verdict(NodeBackup backup, boolean expires, String reason) {}
