package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.cluster.MappedNode;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Reads a file that says who gets whose data: {@code is_seed,target,source}, a line each (docs/compatibility.md 15.3). */
final class HostList {
    private HostList() {}

    static List<MappedNode> read(Medusa medusa, Path file) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException failed) {
            throw Failures.ofFile("reading --host-list " + file, failed, FailureKind.LOCAL_FILE);
        }
        List<MappedNode> pairs = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (line.isEmpty() || line.startsWith("#")) {
                continue;
            }
            String[] words = line.split(Pattern.quote(medusa.hostFileSeparator()), -1);
            if (words.length != 3 || words[1].isBlank() || words[2].isBlank()) {
                throw new MedusaException(
                        FailureKind.USAGE,
                        "line " + (i + 1) + " of --host-list " + file + " is not is_seed"
                                + medusa.hostFileSeparator() + "target" + medusa.hostFileSeparator() + "source: "
                                + line);
            }
            MappedNode pair = new MappedNode(
                    medusa.onNode().nameOf(words[2].strip()),
                    medusa.onNode().nameOf(words[1].strip()),
                    words[0].strip().equals("True"));
            if (pairs.stream().anyMatch(other -> other.target().equals(pair.target()))) {
                throw new MedusaException(
                        FailureKind.USAGE,
                        "line " + (i + 1) + " of --host-list " + file + " names target " + pair.target()
                                + " a second time");
            }
            pairs.add(pair);
        }
        if (pairs.isEmpty()) {
            throw new MedusaException(FailureKind.USAGE, "--host-list " + file + " names no hosts");
        }
        return pairs;
    }
}
