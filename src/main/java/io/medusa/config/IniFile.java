package io.medusa.config;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The dialect of docs/compatibility.md 2.1: {@code key = value} or {@code key: value} in {@code [sections]}, comments only as whole lines
 * ({@code #} or {@code ;}), values continued on indented lines, quotes and {@code %} literal.
 *
 * @param sections in the order of the file, with options in lower case
 */
record IniFile(Map<String, Map<String, Entry>> sections) {
    /** The name of the section whose options all sections inherit. */
    static final String DEFAULTS = "DEFAULT";

    /** A value and where it stands. */
    record Entry(String value, int line) {}

    /** @param name of the file, for messages */
    static IniFile parse(String name, List<String> lines) {
        return new Parser(name).parse(lines);
    }

    /** Reads line by line; one instance for one file. */
    private static final class Parser {
        private final String name;
        private final Map<String, Map<String, Entry>> sections = new LinkedHashMap<>();
        private @Nullable String section;
        private @Nullable String option;
        private int optionIndent;

        Parser(String name) {
            this.name = name;
        }

        IniFile parse(List<String> lines) {
            for (int i = 0; i < lines.size(); i++) {
                line(lines.get(i), i + 1);
            }
            return new IniFile(sections);
        }

        private void line(String raw, int number) {
            String text = raw.strip();
            if (text.indexOf('\0') >= 0) {
                throw syntax(number, "this is not text");
            }
            if (text.startsWith("#") || text.startsWith(";")) {
                return;
            }
            if (text.isEmpty()) {
                return;
            }
            int indent = raw.indexOf(text.charAt(0));
            if (indent > optionIndent && option != null && section != null) {
                Map<String, Entry> options = options(section);
                Entry before = options.get(option);
                if (before != null) {
                    options.put(option, new Entry((before.value() + "\n" + text).strip(), before.line()));
                    return;
                }
            }
            if (text.startsWith("[")) {
                header(text, number);
            } else {
                optionIndent = indent;
                option(text, number);
            }
        }

        private void header(String text, int number) {
            int end = text.indexOf(']');
            if (end < 2) {
                throw syntax(number, "not a section header such as [storage]");
            }
            String header = text.substring(1, end);
            if (sections.containsKey(header) && !header.equals(DEFAULTS)) {
                throw syntax(number, "section [" + header + "] is defined twice");
            }
            options(header);
            section = header;
            option = null;
        }

        private void option(String text, int number) {
            if (section == null) {
                throw syntax(number, "this line is before the first [section]");
            }
            int delimiter = firstDelimiter(text);
            if (delimiter <= 0) {
                throw syntax(number, "expected 'option = value'");
            }
            String key = text.substring(0, delimiter).strip().toLowerCase(Locale.ROOT);
            String value = text.substring(delimiter + 1).strip();
            if (options(section).putIfAbsent(key, new Entry(value, number)) != null) {
                throw syntax(number, "option '" + key + "' is set twice in [" + section + "]");
            }
            option = key;
        }

        private static int firstDelimiter(String text) {
            for (int i = 0; i < text.length(); i++) {
                if (text.charAt(i) == '=' || text.charAt(i) == ':') {
                    return i;
                }
            }
            return -1;
        }

        private Map<String, Entry> options(String header) {
            return sections.computeIfAbsent(header, absent -> new LinkedHashMap<>());
        }

        private MedusaException syntax(int line, String problem) {
            return new MedusaException(
                    FailureKind.CONFIG_UNREADABLE, "config file " + name + ", line " + line + ": " + problem);
        }
    }
}
