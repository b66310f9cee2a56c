package io.medusa.schema;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The type of a column, as far as it determines the bytes of its values. {@link MarshalType} reads it from the class names in
 * SSTables, {@link CqlType} from CQL, so that they can be compared.
 *
 * @param name of a native type, {@code list}, {@code set}, {@code map}, {@code tuple}, {@code vector} or {@code custom}; of a user
 *     type its own name, which decides nothing
 * @param parts the types inside; of a vector its dimension last, of a custom type its class alone
 * @param fields of a user type the names of its fields, in their order; else empty
 * @param frozen whether a value is one cell; native types, tuples and vectors always are
 */
public record DataType(String name, List<DataType> parts, List<String> fields, boolean frozen) {
    private static final Set<String> COLLECTIONS = Set.of("list", "set", "map");
    /** Types that Cassandra can read as another type, from when the types of columns could still be altered. */
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

    /** A custom type, by its class name with parameters. */
    static DataType custom(String className) {
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

    /**
     * Whether values of this type can be read correctly as another.
     *
     * @param sameHistory whether Cassandra itself altered this type into the other, so that fields may be renamed and native
     *     types altered
     * @param ordered whether their sort order must match, too
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

    /** Human-readable: as in CQL, with the fields of user types. */
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
     * The type in CQL for a column that is to be dropped: frozen user types become tuples, whose values have the same bytes.
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

    /** A collection, tuple or vector; its elements are frozen. */
    static DataType collection(String name, List<DataType> parts, boolean frozen) {
        return new DataType(name, parts.stream().map(DataType::freeze).toList(), List.of(), frozen);
    }
}
