package io.medusa.simulation;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import io.medusa.storage.ContentHasher;
import io.medusa.storage.HashRule;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.StoredObject;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** One bucket and its clock, shared by processes that a scheduler lets in one at a time. */
final class World {
    /** Prints every call, to look into one seed. */
    private static final boolean TRACE = Boolean.getBoolean("medusa.simulation.trace");

    /** An object, and how a store tells of it. */
    record Content(byte[] bytes, StoredObject told) {
        ContentHash hash() {
            return Objects.requireNonNull(told.hash());
        }
    }

    final TreeMap<String, Content> objects;
    private final Random random;
    private final Scheduler scheduler;
    private Instant now;
    private double jumps;

    /** @param scheduler {@code null} while nobody competes */
    World(TreeMap<String, Content> objects, Instant now, Random random, Scheduler scheduler) {
        this.objects = objects;
        this.now = now;
        this.random = random;
        this.scheduler = scheduler;
    }

    Instant now() {
        return now;
    }

    void pass(Duration time) {
        now = now.plus(time);
    }

    /** From now on, so often time passes in minutes or hours between two calls. */
    void jump(double often) {
        jumps = often;
    }

    /** Whether time passes in jumps. */
    boolean jumps() {
        return jumps > 0;
    }

    /** A clock of a host that is wrong by so much. */
    Clock clock(Duration skew) {
        InstantSource source = () -> now.plus(skew);
        return source.withZone(ZoneOffset.UTC);
    }

    private static ContentHash hash(byte[] bytes) {
        ContentHasher hasher = new ContentHasher();
        hasher.update(java.nio.ByteBuffer.wrap(bytes));
        return hasher.finish();
    }

    /** The bucket as one process sees it; {@code null} for one that nobody competes with. */
    ObjectStorage seenBy(Scheduler.Process process) {
        return new View(process);
    }

    private final class View implements ObjectStorage {
        private final Scheduler.Process process;

        View(Scheduler.Process process) {
            this.process = process;
        }

        /** @param what the key, or what stands for it */
        private void step(String what) {
            if (process != null) {
                scheduler.step(process);
                // the one assumption about time: a request is not on its way for longer than a lease outlasts its
                // renewal
                if (jumps > 0 && random.nextDouble() < jumps && !what.endsWith("/meta/manifest.json")) {
                    pass(Duration.ofMinutes(1L << random.nextInt(8)));
                }
            }
            pass(Duration.ofMillis(20));
            if (TRACE && process != null) {
                System.err.println("TRACE " + now + " " + process.name + " "
                        + StackWalker.getInstance()
                                .walk(frames -> frames.skip(1).findFirst().orElseThrow())
                                .getMethodName()
                        + " " + what);
            }
        }

        private StoredObject store(ObjectKey key, byte[] bytes, ContentHash hash) {
            StoredObject told = new StoredObject(key, bytes.length, hash, now);
            objects.put(key.value(), new Content(bytes, told));
            return told;
        }

        @Override
        public StoredObject put(ObjectKey key, ObjectSource source) {
            byte[] bytes;
            try (InputStream in = Channels.newInputStream(source.open())) {
                bytes = in.readAllBytes();
            } catch (IOException failed) {
                throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, source.describe(), failed);
            }
            step(key.value());
            return store(key, bytes, hash(bytes));
        }

        @Override
        public StoredObject copy(ObjectKey from, long size, ObjectKey to) {
            step(to.value());
            Content content = objects.get(from.value());
            if (content == null) {
                throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, "copying " + from + ": it does not exist");
            }
            return store(to, content.bytes(), content.hash());
        }

        @Override
        public Optional<InputStream> open(ObjectKey key, long offset, long length) {
            step(key.value());
            return Optional.ofNullable(objects.get(key.value()))
                    .map(content -> new ByteArrayInputStream(content.bytes()));
        }

        @Override
        public Optional<StoredObject> stat(ObjectKey key) {
            step(key.value());
            return Optional.ofNullable(objects.get(key.value())).map(Content::told);
        }

        @Override
        public Stream<StoredObject> list(String prefix) {
            step(prefix);
            List<StoredObject> found = new ArrayList<>();
            for (Map.Entry<String, Content> entry :
                    objects.tailMap(prefix, true).entrySet()) {
                if (!entry.getKey().startsWith(prefix)) {
                    break;
                }
                found.add(entry.getValue().told());
            }
            return found.stream();
        }

        @Override
        public List<String> directories(String prefix) {
            step(prefix);
            Set<String> names = new LinkedHashSet<>();
            for (String key : objects.tailMap(prefix, true).keySet()) {
                if (!key.startsWith(prefix)) {
                    break;
                }
                int slash = key.indexOf('/', prefix.length());
                if (slash > 0) {
                    names.add(key.substring(prefix.length(), slash));
                }
            }
            return List.copyOf(names);
        }

        /** One request, which a store works off in any order and a crash may cut anywhere. */
        @Override
        public List<ObjectKey> deleteAll(Collection<ObjectKey> keys) {
            if (keys.isEmpty()) {
                return List.of();
            }
            List<ObjectKey> order = new ArrayList<>(keys);
            if (process != null) {
                Collections.shuffle(order, random);
            }
            boolean alive = process == null || !process.crashed;
            try {
                step("");
            } catch (Scheduler.Crash crash) {
                order.subList(0, alive ? random.nextInt(order.size() + 1) : 0)
                        .forEach(key -> objects.remove(key.value()));
                throw crash;
            }
            order.forEach(key -> objects.remove(key.value()));
            return List.of();
        }

        @Override
        public void flush() {
            // what was stored stays
        }

        @Override
        public OptionalLong free() {
            return OptionalLong.empty();
        }

        @Override
        public HashRule hashRule() {
            return HashRule.PLAIN;
        }

        @Override
        public String describe() {
            return "simulated bucket";
        }

        @Override
        public void close() {
            // nothing to release
        }
    }
}
