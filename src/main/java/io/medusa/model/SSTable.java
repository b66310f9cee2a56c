package io.medusa.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * An SSTable: the files in one directory whose names differ only in the component. A file that is not a component forms a group of
 * its own.
 *
 * @param subdirectory the directory of a secondary index below the table's, such as {@code .orders_status}, or empty
 * @param name version, identifier and format, such as {@code nb-12-big}; the file name if the file is not a component
 * @param files at least one
 * @param <F> a file of a snapshot or of a backup
 */
public record SSTable<F extends TableFile>(TableDirectory table, String subdirectory, String name, List<F> files) {
    public SSTable {
        files = List.copyOf(files);
    }

    private record Descriptor(TableDirectory table, String subdirectory, String name) {}

    /** Groups files into SSTables, in the order of their first files. */
    public static <F extends TableFile> List<SSTable<F>> group(Iterable<F> files) {
        Map<Descriptor, List<F>> groups = new LinkedHashMap<>();
        for (F file : files) {
            String name = file.sstable().map(SSTableName::sstable).orElseGet(file::fileName);
            groups.computeIfAbsent(new Descriptor(file.table(), file.subdirectory(), name), absent -> new ArrayList<>())
                    .add(file);
        }
        List<SSTable<F>> sstables = new ArrayList<>(groups.size());
        groups.forEach((its, group) -> sstables.add(new SSTable<>(its.table(), its.subdirectory(), its.name(), group)));
        return sstables;
    }

    /** The file of one component. */
    public Optional<F> find(Component component) {
        return files.stream().filter(file -> file.component() == component).findFirst();
    }

    /** The sum of the sizes of its files, in bytes. */
    public long size() {
        return files.stream().mapToLong(TableFile::size).sum();
    }

    /** Whether it is an SSTable of the table itself rather than of a secondary index. */
    public boolean isOfTable() {
        return subdirectory.isEmpty();
    }
}
