package io.medusa.repository;

import io.medusa.model.NodeBackup;

/** The command that deletes one node's backup, for messages. */
public final class RemovalCommand {
    private RemovalCommand() {}

    /** The command for that backup. */
    public static String of(NodeBackup backup) {
        return "medusa --fqdn " + backup.node() + " delete-backup --backup-name " + backup.name();
    }
}
