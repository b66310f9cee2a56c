package io.medusa.cli;

import java.util.ArrayList;
import java.util.List;

/** A table for people: columns as wide as their widest cell, numbers to the right. */
final class TextTable {
    private final boolean[] right;
    private final List<String[]> rows = new ArrayList<>();

    /** @param columns the headings; one that ends with {@code >} is of a column of numbers */
    TextTable(String... columns) {
        right = new boolean[columns.length];
        String[] headings = new String[columns.length];
        for (int i = 0; i < columns.length; i++) {
            right[i] = columns[i].endsWith(">");
            headings[i] = right[i] ? columns[i].substring(0, columns[i].length() - 1) : columns[i];
        }
        rows.add(headings);
    }

    void row(String... cells) {
        if (cells.length != right.length) {
            throw new IllegalArgumentException(cells.length + " cells in " + right.length + " columns");
        }
        rows.add(cells.clone());
    }

    /** All lines, the headings first, without blanks at their ends. */
    List<String> lines() {
        int[] widths = new int[right.length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        List<String> lines = new ArrayList<>();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                String blank = " ".repeat(widths[i] - row[i].length());
                line.append(i == 0 ? "" : "  ").append(right[i] ? blank + row[i] : row[i] + blank);
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }
}
