package io.medusa.schema;

/** Reads the text of a type from left to right. */
abstract class TypeReader {
    final String text;
    int at;

    TypeReader(String text) {
        this.text = text;
    }

    abstract boolean isOfWord(char c);

    String word() {
        blanks();
        int from = at;
        while (at < text.length() && isOfWord(text.charAt(at))) {
            at++;
        }
        if (at == from) {
            throw new IllegalArgumentException("no type where one is expected: " + text);
        }
        return text.substring(from, at);
    }

    void blanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    boolean next(char c) {
        blanks();
        boolean is = at < text.length() && text.charAt(at) == c;
        if (is) {
            at++;
        }
        return is;
    }

    void expect(char c) {
        if (!next(c)) {
            throw new IllegalArgumentException("no " + c + " where one is expected: " + text);
        }
    }

    void end() {
        blanks();
        if (at < text.length()) {
            throw new IllegalArgumentException("more than a type: " + text);
        }
    }
}
