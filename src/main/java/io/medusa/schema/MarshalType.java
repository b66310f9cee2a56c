package io.medusa.schema;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads types from the names of Cassandra's classes, as SSTables carry them ({@code o.a.c.db.marshal.TypeParser}). */
public final class MarshalType extends TypeReader {
    static final String PACKAGE = "org.apache.cassandra.db.marshal.";
    static final Map<String, String> NATIVE = Map.ofEntries(
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

    /**
     * Reads the name of a class with its parameters.
     *
     * @throws IllegalArgumentException if it is not one
     */
    public static DataType parse(String text) {
        MarshalType names = new MarshalType(text);
        DataType type = names.type();
        names.end();
        return type;
    }

    /** The type below a {@code ReversedType}; {@code null} for any other. */
    public static @Nullable String reversed(String className) {
        String prefix = PACKAGE + "ReversedType(";
        return className.startsWith(prefix) && className.endsWith(")")
                ? className.substring(prefix.length(), className.length() - 1)
                : null;
    }

    /** The parts of a {@code CompositeType}, as used by keys of several columns; any other type as the only part. */
    public static List<DataType> components(DataType type) {
        String prefix = PACKAGE + "CompositeType(";
        return type.name().equals("custom") && type.parts().get(0).name().startsWith(prefix)
                ? new MarshalType(type.parts().get(0).name().substring(prefix.length() - 1)).list()
                : List.of(type);
    }

    private MarshalType(String text) {
        super(text);
    }

    @Override
    boolean isOfWord(char c) {
        return Character.isLetterOrDigit(c) || c == '.' || c == '_' || c == '-' || c == '$';
    }

    DataType type() {
        String className = word();
        String name = className.startsWith(PACKAGE) ? className.substring(PACKAGE.length()) : className;
        return switch (name) {
            case "FrozenType" -> {
                expect('(');
                DataType inner = type();
                expect(')');
                yield inner.freeze();
            }
            case "ListType", "SetType", "MapType" ->
                DataType.collection(name.replace("Type", "").toLowerCase(Locale.ROOT), list(), false);
            case "TupleType" -> DataType.collection("tuple", list(), true);
            case "VectorType" -> vector();
            case "UserType" -> userType();
            default -> {
                String nativeName = NATIVE.get(name);
                yield nativeName == null ? other(className) : DataType.of(nativeName);
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
        DataType dimension = DataType.of(word());
        expect(')');
        return DataType.collection("vector", List.of(element, dimension), true);
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

    /** Any other class, with unparsed parameters. */
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
        return DataType.custom(className + text.substring(from, at).replaceAll("\\s", ""));
    }
}
