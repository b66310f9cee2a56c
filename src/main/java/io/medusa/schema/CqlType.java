package io.medusa.schema;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Reads types from CQL. */
public final class CqlType extends TypeReader {
    private final Function<String, @Nullable DataType> userType;

    private CqlType(String text, Function<String, @Nullable DataType> userType) {
        super(text);
        this.userType = userType;
    }

    /**
     * Reads the type of a column.
     *
     * @param userType resolves the name of a user type to the type, not frozen; {@code null} for an unknown name
     * @throws IllegalArgumentException if it is not a type, or refers to an unknown user type
     */
    public static DataType parse(String text, Function<String, @Nullable DataType> userType) {
        CqlType types = new CqlType(text, userType);
        DataType type = types.type();
        types.end();
        return type;
    }

    @Override
    boolean isOfWord(char c) {
        return Character.isLetterOrDigit(c) || c == '_';
    }

    DataType type() {
        blanks();
        if (at < text.length() && text.charAt(at) == '\'') {
            int end = text.indexOf('\'', at + 1);
            if (end < 0) {
                throw new IllegalArgumentException("a quote is not closed: " + text);
            }
            String className = text.substring(at + 1, end);
            at = end + 1;
            return MarshalType.parse(className.contains(".") ? className : MarshalType.PACKAGE + className);
        }
        if (at < text.length() && text.charAt(at) == '"') {
            return named(quoted());
        }
        String name = word().toLowerCase(Locale.ROOT);
        return switch (name) {
            case "frozen" -> {
                expect('<');
                DataType inner = type();
                expect('>');
                yield inner.freeze();
            }
            case "list", "set", "map" -> DataType.collection(name, list(), false);
            case "tuple", "vector" -> DataType.collection(name, list(), true);
            case "varchar" -> DataType.of("text");
            default -> MarshalType.NATIVE.containsValue(name) ? DataType.of(name) : named(name);
        };
    }

    private List<DataType> list() {
        List<DataType> parts = new ArrayList<>();
        expect('<');
        do {
            blanks();
            boolean isNumber = at < text.length() && Character.isDigit(text.charAt(at));
            parts.add(isNumber ? DataType.of(word()) : type());
        } while (next(','));
        expect('>');
        return parts;
    }

    private String quoted() {
        StringBuilder name = new StringBuilder();
        for (at++; at < text.length(); at++) {
            if (text.charAt(at) != '"') {
                name.append(text.charAt(at));
            } else if (text.startsWith("\"\"", at)) {
                name.append('"');
                at++;
            } else {
                at++;
                return name.toString();
            }
        }
        throw new IllegalArgumentException("a quote is not closed: " + text);
    }

    private DataType named(String first) {
        String name = next('.') ? (text.startsWith("\"", at) ? quoted() : word().toLowerCase(Locale.ROOT)) : first;
        DataType type = userType.apply(name);
        if (type == null) {
            throw new IllegalArgumentException("type " + name + " is not defined");
        }
        return type;
    }
}
