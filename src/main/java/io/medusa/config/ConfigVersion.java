package io.medusa.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;

/** The state of the files that a configuration was read from: the configuration file, and those with credentials and certificates. */
public final class ConfigVersion {
    private final Map<Path, String> states;

    ConfigVersion(Map<Path, String> states) {
        this.states = Map.copyOf(states);
    }

    /** Whether none of the files has changed since. */
    public boolean isCurrent() {
        return states.entrySet().stream()
                .allMatch(file -> stateOf(file.getKey()).equals(file.getValue()));
    }

    /** Differs if the file has been written or replaced. */
    static String stateOf(Path file) {
        try {
            BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
            return found.lastModifiedTime() + " " + found.size() + " " + found.fileKey();
        } catch (IOException absent) {
            return "";
        }
    }
}
