package io.medusa.cassandra;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The type of a column, as far as its values' bytes depend on it: read from the class names that SSTables carry
 * ({@code o.a.c.db.marshal.TypeParser}) or from CQL, so that both can be compared.
 *
 * @param name of a native type, {@code list}, {@code set}, {@code map}, {@code tuple}, {@code vector} or {@code custom}; of a user
 *     type its own name, which decides nothing
 * @param parts the types inside; of a vector its dimension last, of a custom type its class alone
 * @param fields of a user type the names of its fields, in their order; else empty
 * @param frozen whether a value is one cell; native types, tuples and vectors always are
 */
public record DataType(String name, List<DataType> parts, List<String> fields, boolean frozen) {
    private static final String MARSHAL = "org.apache.cassandra.db.marshal.";
    private static final Set<String> COLLECTIONS = Set.of("list", "set", "map");
    private static final Map<String, String> NATIVE = Map.ofEntries(
            Map.entry("AsciiType", "ascii"),
            Map.entry("BooleanType", "boolean"),
            Map.entry("BytesType", "blob"),
            Map.entry("ByteType", "tinyint"),
            Map.entry("CounterColumnType", "counter"),
            Map.entry("DateType", "timestamp"),
            Map.entry("DecimalType", "decimal"),
            Map.entry("DoubleType", "double"),
            Map.entry("DurationType", "duration"),
            Map.entry("EmptyType", "empty"),
            Map.entry("FloatType", "float"),
            Map.entry("InetAddressType", "inet"),
            Map.entry("Int32Type", "int"),
            Map.entry("IntegerType", "varint"),
            Map.entry("LongType", "bigint"),
            Map.entry("ShortType", "smallint"),
            Map.entry("SimpleDateType", "date"),
            Map.entry("TimeType", "time"),
            Map.entry("TimestampType", "timestamp"),
            Map.entry("TimeUUIDType", "timeuuid"),
            Map.entry("UTF8Type", "text"),
            Map.entry("UUIDType", "uuid"));

    /** What Cassandra itself reads as another type, as it did when types of columns could still be altered. */
    private static final Map<String, Set<String>> READABLE_AS = Map.of(
            "ascii", Set.of("text", "blob"),
            "text", Set.of("blob"),
            "int", Set.of("varint", "blob"),
            "bigint", Set.of("varint", "timestamp", "blob"),
            "timestamp", Set.of("varint", "bigint", "blob"),
            "timeuuid", Set.of("uuid", "blob"),
            "varint", Set.of("blob"),
            "uuid", Set.of("blob"));

    private static final Map<String, Set<String>> SORTED_AS =
            Map.of("ascii", Set.of("text", "blob"), "text", Set.of("blob"));

    public DataType {
        parts = List.copyOf(parts);
        fields = List.copyOf(fields);
    }

    /** A native type, by its name in CQL. */
    public static DataType of(String nativeName) {
        return new DataType(nativeName, List.of(), List.of(), true);
    }

    private static DataType custom(String className) {
        return new DataType("custom", List.of(of(className)), List.of(), true);
    }

    /** Whether it is a user type. */
    public boolean isUserType() {
        return !fields.isEmpty();
    }

    /** The same type, all of whose values are one cell. */
    public DataType freeze() {
        return new DataType(name, parts.stream().map(DataType::freeze).toList(), fields, true);
    }

    /** The parts of a composite custom type, which keys of several columns are; else the type alone. */
    public List<DataType> components() {
        String prefix = MARSHAL + "CompositeType(";
        return name.equals("custom") && parts.get(0).name().startsWith(prefix)
                ? new ClassNames(parts.get(0).name().substring(prefix.length() - 1)).list()
                : List.of(this);
    }

    /**
     * Whether values of this type are read right as another.
     *
     * @param sameHistory whether the other is what Cassandra itself made of this one, so that fields may be renamed and native
     *     types altered
     * @param ordered whether also their order must be the same
     */
    public boolean isReadableAs(DataType other, boolean sameHistory, boolean ordered) {
        if (frozen != other.frozen || isUserType() != other.isUserType()) {
            return false;
        }
        if (isUserType()) {
            // fields are added at the end; values that were written before lack them
            return parts.size() <= other.parts.size()
                    && IntStream.range(0, parts.size())
                            .allMatch(i -> (sameHistory || fields.get(i).equals(other.fields.get(i)))
                                    && parts.get(i).isReadableAs(other.parts.get(i), sameHistory, ordered));
        }
        if (!name.equals(other.name)) {
            return sameHistory
                    && (ordered ? SORTED_AS : READABLE_AS)
                            .getOrDefault(name, Set.of())
                            .contains(other.name);
        }
        return parts.size() == other.parts.size()
                && IntStream.range(0, parts.size())
                        .allMatch(i -> parts.get(i).isReadableAs(other.parts.get(i), sameHistory, ordered));
    }

    /** For people: as in CQL, with the fields of user types. */
    @Override
    public String toString() {
        return text(DataType::withFields);
    }

    private static String withFields(DataType type) {
        return type.name + " ("
                + IntStream.range(0, type.fields.size())
                        .mapToObj(i -> type.fields.get(i) + " " + type.parts.get(i))
                        .collect(Collectors.joining(", "))
                + ")";
    }

    /**
     * As CQL takes it for a column that is to be dropped: frozen user types become tuples, whose values have the same bytes.
     *
     * @return null if there is no way to write it without the user type
     */
    public @Nullable String cqlWithoutUserTypes() {
        return isUserType() && !frozen ? null : text(DataType::tuple);
    }

    private static String tuple(DataType userType) {
        return "tuple<" + userType.inner(DataType::tuple) + ">";
    }

    private String inner(Function<DataType, String> userType) {
        return parts.stream().map(part -> part.inside(userType)).collect(Collectors.joining(", "));
    }

    /** Inside of a frozen type {@code frozen} is understood. */
    private String inside(Function<DataType, String> userType) {
        if (isUserType()) {
            return userType.apply(this);
        }
        if (name.equals("custom")) {
            return "'" + parts.get(0).name() + "'";
        }
        return parts.isEmpty() ? name : name + "<" + inner(userType) + ">";
    }

    private String text(Function<DataType, String> userType) {
        boolean said = frozen && (isUserType() || COLLECTIONS.contains(name) || name.equals("tuple"));
        if (said) {
            return "frozen<" + inside(userType) + ">";
        }
        if (frozen || parts.isEmpty() || isUserType()) {
            return inside(userType);
        }
        return name + "<" + parts.stream().map(part -> part.text(userType)).collect(Collectors.joining(", ")) + ">";
    }

    /**
     * Reads the name of a class with its parameters.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static DataType ofClass(String text) {
        ClassNames names = new ClassNames(text);
        DataType type = names.type();
        names.end();
        return type;
    }

    /** The type below a {@code ReversedType}, or nothing if it is another. */
    static @Nullable String reversed(String className) {
        String prefix = MARSHAL + "ReversedType(";
        return className.startsWith(prefix) && className.endsWith(")")
                ? className.substring(prefix.length(), className.length() - 1)
                : null;
    }

    /**
     * Reads the type of a column in CQL.
     *
     * @param userType what a user type's name stands for, not frozen; nothing for an unknown one
     * @throws IllegalArgumentException if it is none, or of an unknown user type
     */
    public static DataType ofCql(String text, Function<String, @Nullable DataType> userType) {
        CqlTypes types = new CqlTypes(text, userType);
        DataType type = types.type();
        types.end();
        return type;
    }

    private static DataType collection(String name, List<DataType> parts, boolean frozen) {
        return new DataType(name, parts.stream().map(DataType::freeze).toList(), List.of(), frozen);
    }

    /** A text and a place in it. */
    private abstract static class Reader {
        final String text;
        int at;

        Reader(String text) {
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

    /** Names of classes with parameters. */
    private static final class ClassNames extends Reader {
        ClassNames(String text) {
            super(text);
        }

        @Override
        boolean isOfWord(char c) {
            return Character.isLetterOrDigit(c) || c == '.' || c == '_' || c == '-' || c == '$';
        }

        DataType type() {
            String className = word();
            String name = className.startsWith(MARSHAL) ? className.substring(MARSHAL.length()) : className;
            return switch (name) {
                case "FrozenType" -> {
                    expect('(');
                    DataType inner = type();
                    expect(')');
                    yield inner.freeze();
                }
                case "ListType", "SetType", "MapType" ->
                    collection(name.replace("Type", "").toLowerCase(Locale.ROOT), list(), false);
                case "TupleType" -> collection("tuple", list(), true);
                case "VectorType" -> vector();
                case "UserType" -> userType();
                default -> {
                    String nativeName = NATIVE.get(name);
                    yield nativeName == null ? other(className) : of(nativeName);
                }
            };
        }

        List<DataType> list() {
            List<DataType> parts = new ArrayList<>();
            expect('(');
            if (!next(')')) {
                do {
                    parts.add(type());
                } while (next(','));
                expect(')');
            }
            return parts;
        }

        private DataType vector() {
            expect('(');
            DataType element = type();
            expect(',');
            DataType dimension = of(word());
            expect(')');
            return collection("vector", List.of(element, dimension), true);
        }

        /** Keyspace, name in hex, then the fields: name in hex, colon, type. */
        private DataType userType() {
            expect('(');
            word();
            expect(',');
            String name = hex(word());
            List<String> fields = new ArrayList<>();
            List<DataType> parts = new ArrayList<>();
            while (next(',')) {
                fields.add(hex(word()));
                expect(':');
                parts.add(type().freeze());
            }
            expect(')');
            return new DataType(name, parts, fields, false);
        }

        private static String hex(String text) {
            return new String(HexFormat.of().parseHex(text), StandardCharsets.UTF_8);
        }

        /** Any other class, with its parameters as they are. */
        private DataType other(String className) {
            int from = at;
            if (next('(')) {
                for (int depth = 1; depth > 0; at++) {
                    if (at == text.length()) {
                        throw new IllegalArgumentException("a parenthesis is not closed: " + text);
                    }
                    depth += text.charAt(at) == '(' ? 1 : text.charAt(at) == ')' ? -1 : 0;
                }
            }
            return custom(className + text.substring(from, at).replaceAll("\\s", ""));
        }
    }

    /** Types in CQL. */
    private static final class CqlTypes extends Reader {
        private final Function<String, @Nullable DataType> userType;

        CqlTypes(String text, Function<String, @Nullable DataType> userType) {
            super(text);
            this.userType = userType;
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
                return ofClass(className.contains(".") ? className : MARSHAL + className);
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
                case "list", "set", "map" -> collection(name, list(), false);
                case "tuple", "vector" -> collection(name, list(), true);
                case "varchar" -> of("text");
                default -> NATIVE.containsValue(name) ? of(name) : named(name);
            };
        }

        private List<DataType> list() {
            List<DataType> parts = new ArrayList<>();
            expect('<');
            do {
                blanks();
                boolean isNumber = at < text.length() && Character.isDigit(text.charAt(at));
                parts.add(isNumber ? of(word()) : type());
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
}
