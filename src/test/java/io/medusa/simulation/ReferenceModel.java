package io.medusa.simulation;

import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The algorithms that docs/compatibility.md 11 and 18 describe, written from that description, in the same simulated bucket: backups that trust
 * names and sizes, purges that trust prefixes and the age of objects. It shows that the simulator finds what there is to be found.
 */
final class ReferenceModel {
    private static final Duration GRACE = Duration.ofDays(10);
    private static final Pattern PATH =
            Pattern.compile("\"path\": \"([^\"]*)\", \"MD5\": \"([^\"]*)\", \"size\": ([0-9]+)");

    private ReferenceModel() {}

    /** Tells one story; the answer is what is wrong at its end. */
    static Set<String> run(long seed) {
        Random random = new Random(seed);
        World world = new World(new TreeMap<>(), Instant.parse("2026-03-01T00:00:00Z"), random);
        Scheduler scheduler = world.scheduler();
        ObjectStorage alone = world.seenBy(null);
        backup(alone, "b1", Map.of("nb-1-big-Data.db", "one", "nb-2-big-Data.db", "two"));
        world.pass(Duration.ofDays(30));
        backup(alone, "b10", Map.of("nb-3-big-Data.db", "three"));
        world.pass(Duration.ofDays(30));
        // the node has the files of b1 again, one generation with other content of the same length
        Map<String, String> files = random.nextBoolean()
                ? Map.of("nb-1-big-Data.db", "one", "nb-2-big-Data.db", "two")
                : Map.of("nb-1-big-Data.db", "neo");
        scheduler.run(List.of(
                new Scheduler.Process("backup", -1, self -> backup(world.seenBy(self), "new", files)),
                new Scheduler.Process("purge", -1, self -> purge(world, world.seenBy(self), "b1"))));
        return violations(world, files);
    }

    private static void put(ObjectStorage storage, String key, String text) {
        storage.put(new ObjectKey(key), ObjectSource.OfBytes.utf8(text));
    }

    private static void backup(ObjectStorage storage, String name, Map<String, String> files) {
        put(storage, "n1/" + name + "/meta/schema.cql", "schema");
        Map<String, Long> pool = new TreeMap<>();
        try (Stream<StoredObject> objects = storage.list("n1/data/")) {
            objects.forEach(object -> pool.put(object.key().value(), object.size()));
        }
        StringBuilder manifest = new StringBuilder();
        new TreeMap<>(files).forEach((file, content) -> {
            String key = "n1/data/ks/t-1/" + file;
            if (!pool.containsKey(key) || pool.get(key) != content.length()) {
                put(storage, key, content);
            }
            manifest.append(
                    "{\"path\": \"" + key + "\", \"MD5\": \"" + content + "\", \"size\": " + content.length() + "}\n");
        });
        put(storage, "n1/" + name + "/meta/manifest.json", manifest.toString());
    }

    private static void purge(World world, ObjectStorage storage, String name) {
        delete(storage, "n1/" + name);
        Set<String> named = new HashSet<>();
        List<String> manifests = new ArrayList<>();
        try (Stream<StoredObject> objects = storage.list("n1/")) {
            objects.map(object -> object.key().value())
                    .filter(key -> key.endsWith("/meta/manifest.json"))
                    .forEach(manifests::add);
        }
        for (String key : manifests) {
            read(storage, key).ifPresent(text -> {
                Matcher path = PATH.matcher(text);
                while (path.find()) {
                    named.add(path.group(1));
                }
            });
        }
        List<ObjectKey> garbage = new ArrayList<>();
        try (Stream<StoredObject> objects = storage.list("n1/data")) {
            objects.filter(object -> !named.contains(object.key().value())
                            && !object.modified().isAfter(world.now().minus(GRACE)))
                    .forEach(object -> garbage.add(object.key()));
        }
        garbage.forEach(key -> storage.deleteAll(List.of(key)));
    }

    private static void delete(ObjectStorage storage, String prefix) {
        List<ObjectKey> keys = new ArrayList<>();
        try (Stream<StoredObject> objects = storage.list(prefix)) {
            objects.forEach(object -> keys.add(object.key()));
        }
        keys.forEach(key -> storage.deleteAll(List.of(key)));
    }

    private static Optional<String> read(ObjectStorage storage, String key) {
        return storage.open(new ObjectKey(key)).map(content -> {
            try (InputStream in = content) {
                return new String(in.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        });
    }

    private static Set<String> violations(World world, Map<String, String> files) {
        Set<String> violations = new HashSet<>();
        if (!world.objects.containsKey("n1/b10/meta/manifest.json")) {
            violations.add("another backup was deleted");
        }
        Optional<String> manifest = read(world.seenBy(null), "n1/new/meta/manifest.json");
        files.forEach((file, content) -> {
            World.Content stored = world.objects.get("n1/data/ks/t-1/" + file);
            if (manifest.isPresent() && stored == null) {
                violations.add("a finished backup lost an object");
            } else if (stored != null && !new String(stored.bytes(), StandardCharsets.UTF_8).equals(content)) {
                violations.add("a finished backup has other content");
            }
        });
        return violations;
    }
}
