package io.medusa.cassandra;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Command lines of the {@code nodetool} program (docs/compatibility.md 10). They never contain a password, only a password file.
 *
 * @param flags to put before everything else; empty ones are left out
 */
public record Nodetool(
        String executable,
        List<String> flags,
        boolean tls,
        Optional<String> user,
        Optional<Path> passwordFile,
        Optional<String> host,
        OptionalInt port) {
    /** The same with another file for the password. */
    public Nodetool withPasswordFile(Path file) {
        return new Nodetool(executable, flags, tls, user, Optional.of(file), host, port);
    }

    /** The command line for an operation on the snapshots of a tag. */
    public List<String> words(String verb, String tag) {
        List<String> words = new ArrayList<>();
        words.add(executable);
        flags.stream().filter(flag -> !flag.isEmpty()).forEach(words::add);
        if (tls) {
            words.add("--ssl");
        }
        user.ifPresent(name -> words.addAll(List.of("-u", name)));
        passwordFile.ifPresent(file -> words.addAll(List.of("-pwf", file.toString())));
        host.ifPresent(name -> words.addAll(List.of("-h", name)));
        port.ifPresent(number -> words.addAll(List.of("-p", String.valueOf(number))));
        words.addAll(List.of(verb, "-t", tag));
        return words;
    }
}
