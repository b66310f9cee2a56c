package io.medusa.cassandra;

import io.medusa.cassandra.SSTableHeader.Clustering;
import io.medusa.schema.DataType;
import io.medusa.schema.MarshalType;
import io.medusa.schema.TableDefinition;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Compares the headers of SSTables with their target table: would every value be found, and read correctly? */
public final class SchemaFit {
    private final TableDefinition now;
    private final @Nullable TableDefinition then;
    private final boolean sameTable;
    private final long takenMicros;
    private final long oldestMicros;
    private final Map<String, Unknown> unknown = new LinkedHashMap<>();

    /**
     * The result of a comparison.
     *
     * @param misfit why the SSTables cannot be read there, in one clause; empty if they can
     * @param unknown columns dropped before the backup, which must be registered with the table first
     */
    public record Result(Optional<String> misfit, List<Unknown> unknown) {
        /** For a table that need not be compared. */
        public static final Result NONE = new Result(Optional.empty(), List.of());

        /** The same for another reason. */
        public static Result misfit(String why) {
            return new Result(Optional.of(why), List.of());
        }
    }

    /** A column that the SSTables have values for and the table never had, with the time it was dropped, if the backup has it. */
    public record Unknown(String name, DataType type, boolean isStatic, OptionalLong droppedMicros) {}

    private SchemaFit(
            TableDefinition now, @Nullable TableDefinition then, boolean sameTable, Instant taken, long oldestMicros) {
        this.now = now;
        this.then = then;
        this.sameTable = sameTable;
        this.takenMicros = ChronoUnit.MICROS.between(Instant.EPOCH, taken);
        this.oldestMicros = oldestMicros;
    }

    /**
     * Compares.
     *
     * @param now the target table
     * @param then the table as the backup's schema defines it, if it does
     * @param sameTable whether both are one table, which Cassandra itself may have altered
     * @param taken when the backup started
     */
    public static Result compare(
            Collection<SSTableHeader> sstables,
            TableDefinition now,
            Optional<TableDefinition> then,
            boolean sameTable,
            Instant taken) {
        long oldest =
                sstables.stream().mapToLong(SSTableHeader::oldestMicros).min().orElse(Long.MIN_VALUE);
        SchemaFit fit = new SchemaFit(now, then.orElse(null), sameTable, taken, oldest);
        Optional<String> misfit = then.flatMap(fit::keyNames);
        List<SSTableHeader> all = new ArrayList<>();
        then.ifPresent(definition -> all.add(SSTableHeader.of(definition)));
        all.addAll(sstables);
        for (SSTableHeader header : all) {
            misfit = misfit.or(() -> fit.misfit(header));
        }
        return misfit.isPresent() ? Result.misfit(misfit.get()) : new Result(misfit, List.copyOf(fit.unknown.values()));
    }

    /** The names of the key's columns; SSTables have only their types. */
    private Optional<String> keyNames(TableDefinition before) {
        String was = primaryKey(before);
        String is = primaryKey(now);
        return sameTable || was.equals(is)
                ? Optional.empty()
                : Optional.of("its primary key was (" + was + ") and is (" + is + ")");
    }

    private static String primaryKey(TableDefinition table) {
        List<String> parts = new ArrayList<>();
        String key = names(table.key());
        parts.add(table.key().size() > 1 ? "(" + key + ")" : key);
        if (!table.clustering().isEmpty()) {
            parts.add(names(table.clustering()));
        }
        return String.join(", ", parts);
    }

    private static String names(List<TableDefinition.KeyColumn> columns) {
        return columns.stream().map(TableDefinition.KeyColumn::name).collect(Collectors.joining(", "));
    }

    private Optional<String> misfit(SSTableHeader header) {
        return partitioner(header)
                .or(() -> key(header))
                .or(() -> clustering(header))
                .or(() -> columns(header, true))
                .or(() -> columns(header, false));
    }

    private Optional<String> partitioner(SSTableHeader header) {
        String was = simple(header.partitioner());
        String is = simple(now.partitioner());
        // node-local tables may have another one
        return was.isEmpty() || is.isEmpty() || was.equals(is) || was.equals("LocalPartitioner")
                ? Optional.empty()
                : Optional.of("its SSTables were written with " + was + " and the cluster has " + is);
    }

    private static String simple(String className) {
        return className.substring(className.lastIndexOf('.') + 1);
    }

    private Optional<String> key(SSTableHeader header) {
        List<DataType> is = now.key().stream()
                .flatMap(column -> MarshalType.components(column.type().freeze()).stream())
                .toList();
        List<DataType> was = header.key();
        boolean same = was.size() == is.size();
        for (int i = 0; same && i < was.size(); i++) {
            boolean sameHistory =
                    sameTable || was.get(i).equals(is.get(i)) || isThe(then == null ? null : then.key(), i, is.get(i));
            same = was.get(i).isReadableAs(is.get(i), sameHistory, true);
        }
        return same
                ? Optional.empty()
                : Optional.of("its partition key was of type (" + list(was) + ") and is of type (" + list(is) + ")");
    }

    private static boolean isThe(@Nullable List<TableDefinition.KeyColumn> columns, int index, DataType type) {
        return columns != null
                && index < columns.size()
                && columns.get(index).type().freeze().equals(type);
    }

    private static String list(List<?> types) {
        return types.stream().map(Object::toString).collect(Collectors.joining(", "));
    }

    private Optional<String> clustering(SSTableHeader header) {
        List<Clustering> was = header.clustering();
        List<Clustering> is = SSTableHeader.of(now).clustering();
        if (was.size() != is.size()) {
            return Optional.of("it had " + was.size() + " clustering columns (" + list(was) + ") and has " + is.size()
                    + " (" + list(is) + ")");
        }
        for (int i = 0; i < was.size(); i++) {
            DataType type = is.get(i).type();
            boolean sameHistory = sameTable || isThe(then == null ? null : then.clustering(), i, type);
            if (was.get(i).reversed() != is.get(i).reversed()
                    || !was.get(i).type().isReadableAs(type, sameHistory, true)) {
                return Optional.of("clustering column "
                        + now.clustering().get(i).name() + " was " + was.get(i) + " and is " + is.get(i));
            }
        }
        return Optional.empty();
    }

    private Optional<String> columns(SSTableHeader header, boolean statics) {
        Optional<String> misfit = Optional.empty();
        for (Map.Entry<String, DataType> column : (statics ? header.statics() : header.regulars()).entrySet()) {
            misfit = misfit.or(() -> column(column.getKey(), column.getValue(), statics, header.beforeFrozen()));
        }
        return misfit;
    }

    private Optional<String> column(String name, DataType type, boolean isStatic, boolean beforeFrozen) {
        DataType is = (isStatic ? now.statics() : now.regulars()).get(name);
        if (is != null) {
            return present(name, type, is, isStatic, beforeFrozen);
        }
        if (now.has(name)) {
            return Optional.of("column " + name + (isStatic ? " was static and is not" : " was not static and is"));
        }
        if (then != null && then.has(name)) {
            return Optional.of("it has no column " + name + " any more");
        }
        if (!now.dropped().containsKey(name)) {
            if (then == null) {
                return Optional.of("it has no column " + name
                        + ", and the backup's schema does not tell whether that was dropped before");
            }
            Long dropped = then.dropped().get(name);
            unknown.putIfAbsent(
                    name,
                    new Unknown(
                            name, type, isStatic, dropped == null ? OptionalLong.empty() : OptionalLong.of(dropped)));
        }
        return Optional.empty();
    }

    private Optional<String> present(String name, DataType type, DataType is, boolean isStatic, boolean beforeFrozen) {
        Long dropped = now.dropped().get(name);
        boolean wasThere = then == null || then.has(name);
        DataType before = then == null ? null : (isStatic ? then.statics() : then.regulars()).get(name);
        boolean sameHistory = sameTable || Objects.equals(before, is);
        DataType was = beforeFrozen && type.isUserType() && is.frozen() ? type.freeze() : type;
        if (!was.isReadableAs(is, sameHistory, false)) {
            return Optional.of("column " + name + " was " + type + " and is " + is);
        }
        if (!wasThere && dropped == null) {
            return Optional.of("column " + name
                    + " was dropped before the backup and is there again, so that its old values would come back");
        }
        if (!wasThere) {
            return Optional.empty();
        }
        if (dropped != null && dropped > takenMicros) {
            return Optional.of("column " + name
                    + " was dropped after the backup and added again, so that Cassandra would hide its values");
        }
        return sameTable ? Optional.empty() : otherHistory(name, dropped);
    }

    /** A column that was dropped and added again in one of two tables: values from before that are read there or hidden. */
    private Optional<String> otherHistory(String name, @Nullable Long dropped) {
        Long before = then == null ? null : then.dropped().get(name);
        if (Objects.equals(millis(before), millis(dropped)) || (isBeforeAllData(before) && isBeforeAllData(dropped))) {
            return Optional.empty();
        }
        return Optional.of(
                before != null && (dropped == null || dropped < before)
                        ? "column " + name
                                + " was dropped and added again before the backup, so that older values would come"
                                + " back"
                        : "column " + name
                                + " of the present table was dropped and added again, so that Cassandra would hide"
                                + " older values");
    }

    /** Whether a drop, if there was one, hides nothing in the SSTables. */
    private boolean isBeforeAllData(@Nullable Long dropped) {
        return dropped == null || Math.floorDiv(dropped, 1000L) < Math.floorDiv(oldestMicros, 1000L);
    }

    /** What Cassandra stores: only the node that dropped the column has microseconds, until it is restarted. */
    private static @Nullable Long millis(@Nullable Long micros) {
        return micros == null ? null : Long.valueOf(Math.floorDiv(micros, 1000L));
    }
}
