package io.medusa.schema;

import java.util.ArrayList;
import java.util.List;

/** Splits CQL text into statements by its own rules: strings, quoted names, {@code $$} bodies and comments are respected. */
public final class CqlScript {
    private final String text;
    private final List<String> statements = new ArrayList<>();
    private final StringBuilder current = new StringBuilder();
    private int at;

    private CqlScript(String text) {
        this.text = text;
    }

    /** The statements without their final semicolons and without comments. */
    public static List<String> statements(String text) {
        CqlScript script = new CqlScript(text);
        script.split();
        return List.copyOf(script.statements);
    }

    private void split() {
        while (at < text.length()) {
            char c = text.charAt(at);
            int quoted = Quotes.skip(text, at);
            if (quoted > at) {
                current.append(text, at, quoted);
                at = quoted;
            } else if (text.startsWith("--", at) || text.startsWith("//", at)) {
                skipUntil("\n");
            } else if (text.startsWith("/*", at)) {
                skipUntil("*/");
            } else if (c == ';') {
                end();
                at++;
            } else {
                current.append(c);
                at++;
            }
        }
        end();
    }

    private void skipUntil(String end) {
        int found = text.indexOf(end, at + 2);
        at = found < 0 ? text.length() : found + end.length();
        current.append(' ');
    }

    private void end() {
        String statement = current.toString().strip();
        if (!statement.isEmpty()) {
            statements.add(statement);
        }
        current.setLength(0);
    }
}
