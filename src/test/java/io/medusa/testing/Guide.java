package io.medusa.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The commands that the documents show: indented lines that call the program or make a
 * directory for it, as whole lines of a shell. */
public final class Guide {
    private static final Pattern SHOWN = Pattern.compile("    (?:\\$ )?(?:bin/)?((?:medusa|mkdir)(?: .*)?)");
    private static final Pattern METRIC = Pattern.compile("medusa_.*|medusa-.*");

    private Guide() {}

    /**
     * A command.
     *
     * @param section the nearest heading above
     * @param line as it stands there, without what a prompt shows
     */
    public record Shown(Path document, String section, String line) {}

    /** All commands of a document, in its order. */
    public static List<Shown> commands(Path document) throws IOException {
        List<Shown> commands = new ArrayList<>();
        String section = "";
        for (String text : Files.readAllLines(document)) {
            if (text.startsWith("#")) {
                section = text.replaceFirst("#+ ", "");
            }
            Matcher shown = SHOWN.matcher(text);
            if (shown.matches() && !METRIC.matcher(shown.group(1)).matches()) {
                commands.add(new Shown(document, section, shown.group(1)));
            }
        }
        return commands;
    }
}
