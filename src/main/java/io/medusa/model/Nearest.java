package io.medusa.model;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** Guesses which word a mistyped one stands for. */
public final class Nearest {
    /** Fewer letters begin too many words. */
    private static final int BEGINNING = 3;

    private Nearest() {}

    /** The word of the list that is nearest to a mistyped one; else the first that it begins; empty if none is near. */
    public static Optional<String> word(String typo, Collection<String> words) {
        int tolerated = Math.max(2, typo.length() / 3);
        return words.stream()
                .min(Comparator.comparingInt(word -> distance(typo, word)))
                .filter(word -> distance(typo, word) <= tolerated)
                .or(() -> words.stream()
                        .filter(word -> typo.length() >= BEGINNING && word.startsWith(typo))
                        .findFirst());
    }

    /** Edits (insert, delete, replace) from one word to the other. */
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
