package io.medusa.os;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.util.ArrayList;
import java.util.List;

/** Splits a command as a shell splits words, with its quotes and backslashes but nothing else of it. */
public final class ShellWords {
    private ShellWords() {}

    /** The words of the command, without the quotes. */
    public static List<String> split(String command) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        boolean inWord = false;
        char quote = 0;
        for (int i = 0; i < command.length(); i++) {
            char c = command.charAt(i);
            if (quote != 0) {
                if (c == quote) {
                    quote = 0;
                } else if (c == '\\'
                        && quote == '"'
                        && i + 1 < command.length()
                        && isEscapable(command.charAt(i + 1))) {
                    word.append(command.charAt(++i));
                } else {
                    word.append(c);
                }
            } else if (c == '\'' || c == '"') {
                quote = c;
                inWord = true;
            } else if (c == '\\' && i + 1 < command.length()) {
                word.append(command.charAt(++i));
                inWord = true;
            } else if (Character.isWhitespace(c)) {
                if (inWord) {
                    words.add(word.toString());
                    word.setLength(0);
                    inWord = false;
                }
            } else {
                word.append(c);
                inWord = true;
            }
        }
        if (quote != 0) {
            throw new MedusaException(FailureKind.CONFIG_UNREADABLE, "unclosed quote in the command " + command);
        }
        if (inWord) {
            words.add(word.toString());
        }
        return List.copyOf(words);
    }

    private static boolean isEscapable(char c) {
        return c == '"' || c == '\\';
    }
}
