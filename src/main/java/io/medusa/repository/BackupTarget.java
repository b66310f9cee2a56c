package io.medusa.repository;

import io.medusa.model.BackupMode;
import io.medusa.model.BackupName;
import io.medusa.model.NodeName;

/** Which backup of which node is to be written, and how its data is stored. */
public record BackupTarget(NodeName node, BackupName name, BackupMode mode) {}
