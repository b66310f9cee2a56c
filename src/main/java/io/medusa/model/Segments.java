package io.medusa.model;

/** The rule for names that become a segment of a key or of a path. */
public final class Segments {
    private Segments() {}

    /** Whether the text is safe as one segment: not empty, not {@code .} or {@code ..}, no slash, no control character. */
    public static boolean isSafe(String text) {
        return !text.isEmpty() && !text.equals(".") && !text.equals("..") && !hasUnsafe(text);
    }

    private static boolean hasUnsafe(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '/' || c == '\\' || Character.isISOControl(c)) {
                return true;
            }
        }
        return false;
    }

    /** The text in quotes and with control characters made visible, for messages. */
    public static String quoted(String text) {
        StringBuilder out = new StringBuilder("'");
        text.chars()
                .limit(200)
                .forEach(c ->
                        out.append(Character.isISOControl(c) ? String.format("\\x%02x", c) : String.valueOf((char) c)));
        return out.append(text.length() > 200 ? "...'" : "'").toString();
    }
}
