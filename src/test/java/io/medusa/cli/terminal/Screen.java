package io.medusa.cli.terminal;

import java.util.ArrayList;
import java.util.List;

/** A small terminal: carries out what is printed to it, wraps long lines, and wraps them again when its width changes. */
final class Screen {
    /** Logical lines; a wrapped one is one of them. */
    private final List<StringBuilder> lines = new ArrayList<>(List.of(new StringBuilder()));

    private int columns;
    /** The cursor, in the rows that the lines take at the present width. */
    private int row;

    private int column;

    Screen(int columns) {
        this.columns = columns;
    }

    /** As the emulators of today do: the cursor stays at its text. */
    void resize(int newColumns) {
        int line = lineOf(row);
        int offset = (row - firstRow(line)) * columns + column;
        columns = newColumns;
        row = firstRow(line) + offset / columns;
        column = offset % columns;
    }

    private int rows(int line) {
        return Math.max(1, (lines.get(line).length() + columns - 1) / columns);
    }

    private int firstRow(int line) {
        int first = 0;
        for (int i = 0; i < line; i++) {
            first += rows(i);
        }
        return first;
    }

    private int lineOf(int wanted) {
        int line = 0;
        for (int rest = wanted; rest >= rows(line); line++) {
            rest -= rows(line);
        }
        return line;
    }

    void print(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '\033') {
                int end = i + 2;
                while (Character.isDigit(text.charAt(end))) {
                    end++;
                }
                control(text.charAt(end), text.substring(i + 2, end));
                i = end;
            } else if (c == '\r') {
                column = 0;
            } else if (c == '\n') {
                int line = lineOf(row);
                row = firstRow(line) + rows(line);
                if (line + 1 == lines.size()) {
                    lines.add(new StringBuilder());
                }
                column = 0;
            } else {
                put(c);
            }
        }
    }

    private void put(char c) {
        int line = lineOf(row);
        int offset = (row - firstRow(line)) * columns + column;
        StringBuilder text = lines.get(line);
        while (text.length() <= offset) {
            text.append(' ');
        }
        text.setCharAt(offset, c);
        row = firstRow(line) + (offset + 1) / columns;
        column = (offset + 1) % columns;
    }

    private void control(char command, String number) {
        switch (command) {
            case 'A' -> row = Math.max(0, row - Integer.parseInt(number));
            case 'K' -> clearLine();
            case 'J' -> {
                clearLine();
                int line = lineOf(row);
                while (lines.size() > line + 1) {
                    lines.remove(line + 1);
                }
            }
            default -> throw new AssertionError("unknown: " + command);
        }
    }

    /** From the cursor to the end of the row; what a row of several loses, the line loses. */
    private void clearLine() {
        int line = lineOf(row);
        int offset = (row - firstRow(line)) * columns + column;
        StringBuilder text = lines.get(line);
        int end = Math.min(text.length(), offset - column + columns);
        if (end < text.length()) {
            // the rows below become a line of their own
            lines.add(line + 1, new StringBuilder(text.substring(end)));
        }
        text.setLength(Math.min(text.length(), offset));
    }

    /** What is to be seen, from the first line ever printed; without empty lines at the end. */
    List<String> rows() {
        List<String> rows = new ArrayList<>();
        for (StringBuilder line : lines) {
            for (int from = 0; from == 0 || from < line.length(); from += columns) {
                rows.add(line.substring(from, Math.min(line.length(), from + columns))
                        .stripTrailing());
            }
        }
        while (!rows.isEmpty() && rows.get(rows.size() - 1).isEmpty()) {
            rows.remove(rows.size() - 1);
        }
        return rows;
    }
}
