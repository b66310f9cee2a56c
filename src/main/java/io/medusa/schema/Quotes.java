package io.medusa.schema;

/** Finds the texts in CQL that are no syntax: strings, quoted names and the bodies of functions between {@code $$}. */
final class Quotes {
    private Quotes() {}

    /**
     * The index after such a text, if one begins at this index; else the index itself. A doubled quote ends one text and begins the
     * next.
     */
    static int skip(String cql, int at) {
        char c = cql.charAt(at);
        String quote = c == '\'' || c == '"' ? String.valueOf(c) : cql.startsWith("$$", at) ? "$$" : "";
        if (quote.isEmpty()) {
            return at;
        }
        int end = cql.indexOf(quote, at + quote.length());
        return end < 0 ? cql.length() : end + quote.length();
    }
}
