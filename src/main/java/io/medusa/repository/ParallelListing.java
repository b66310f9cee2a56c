package io.medusa.repository;

import io.medusa.model.BackupName;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import io.medusa.transfer.TransferPool;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Lists a place that has a directory for each of many names in several listings side by side: pages of one listing come one after
 * the other, and each costs the latency of the store.
 */
final class ParallelListing {
    /** So many names are one portion at most; the keys of as many daily backups of some nodes are about a page. */
    private static final int NAMES = 12;

    private ParallelListing() {}

    /**
     * Lists what there is of one name, or of all.
     *
     * @param prefixOf the place of one name, or of all; ends at a slash
     * @param consumer is called by several threads, one at a time
     */
    static void list(
            ObjectStorage storage,
            TransferPool lookups,
            Optional<BackupName> name,
            Function<Optional<BackupName>, String> prefixOf,
            Consumer<StoredObject> consumer) {
        String prefix = prefixOf.apply(name);
        listEach(
                storage,
                lookups,
                name.isPresent() ? List.of(prefix) : cut(prefix, storage.directories(prefix)),
                consumer);
    }

    /** Lists all these prefixes. */
    static void listEach(
            ObjectStorage storage, TransferPool lookups, List<String> prefixes, Consumer<StoredObject> consumer) {
        lookups.mapAll("Listing", prefixes, portion -> 0, portion -> {
            try (Stream<StoredObject> objects = storage.list(portion)) {
                objects.forEach(object -> {
                    synchronized (consumer) {
                        consumer.accept(object);
                    }
                });
            }
            return true;
        });
    }

    /** Prefixes, none of which is the beginning of another, that together hold all these directories. */
    static List<String> cut(String prefix, List<String> names) {
        List<String> portions = new ArrayList<>();
        cut(prefix, "", names, portions);
        return portions;
    }

    private static void cut(String prefix, String common, List<String> names, List<String> portions) {
        if (names.size() <= NAMES) {
            portions.add(prefix + common);
            return;
        }
        Map<String, List<String>> longer = new TreeMap<>();
        for (String name : names) {
            longer.computeIfAbsent(longer(name, common), absent -> new ArrayList<>())
                    .add(name);
        }
        longer.forEach((next, those) -> {
            if (next.endsWith("/")) {
                portions.add(prefix + next);
            } else {
                cut(prefix, next, those, portions);
            }
        });
    }

    /** One character more of the name, or the whole of it with its slash. */
    private static String longer(String name, String common) {
        return name.length() == common.length()
                ? name + "/"
                : name.substring(0, name.offsetByCodePoints(common.length(), 1));
    }
}
