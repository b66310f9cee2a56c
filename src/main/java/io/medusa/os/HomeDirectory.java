package io.medusa.os;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What {@code ~} at the start of a path means, as in a shell. */
public final class HomeDirectory {
    private static final Path USERS = Path.of("/etc/passwd");
    private static final int FIELDS = 7;
    private static final int DIRECTORY = 5;

    private HomeDirectory() {}

    /**
     * Replaces a leading {@code ~} by {@code $HOME}, and {@code ~name} by the home directory of that user.
     *
     * @param path returned unchanged if it does not begin with {@code ~}, or the user is unknown
     */
    public static String expand(String path, Map<String, String> environment) {
        if (!path.startsWith("~")) {
            return path;
        }
        int slash = path.indexOf('/');
        String user = path.substring(1, slash < 0 ? path.length() : slash);
        Optional<String> home = user.isEmpty() ? Optional.of(own(environment)) : of(user);
        return home.map(directory -> slash < 0 ? directory : directory + path.substring(slash))
                .orElse(path);
    }

    private static String own(Map<String, String> environment) {
        String home = environment.getOrDefault("HOME", "");
        return home.isEmpty() ? System.getProperty("user.home") : home;
    }

    private static Optional<String> of(String user) {
        try {
            return Files.readAllLines(USERS, StandardCharsets.ISO_8859_1).stream()
                    .map(line -> List.of(line.split(":", -1)))
                    .filter(fields -> fields.size() == FIELDS && fields.get(0).equals(user))
                    .map(fields -> fields.get(DIRECTORY))
                    .findFirst();
        } catch (IOException unreadable) {
            return Optional.empty();
        }
    }
}
