package io.medusa.simulation;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import io.medusa.storage.ContentHasher;
import io.medusa.storage.HashRule;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectSource;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.Overwriting;
import io.medusa.storage.Precondition;
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
final class World implements Scheduler.Time {
    /** Prints every call, to look into one seed. */
    private static final boolean TRACE = Boolean.getBoolean("medusa.simulation.trace");

    /** An object, and how a store tells of it. */
    record Content(byte[] bytes, StoredObject told) {
        ContentHash hash() {
            return Objects.requireNonNull(told.hash());
        }
    }

    /** What a store does about preconditions. */
    enum Preconditions {
        CHECKED,
        /** It says that it does not know them, so that whoever uses it looks first. */
        REFUSED,
        /** It passes over them without a word. */
        IGNORED
    }

    /** A mend that is taken out, to see that the simulation finds what it is for. */
    enum Mutation {
        NONE,
        /** Writers do not see each other's leases. */
        NO_EXCLUSION,
        /** Neither that, nor does the store check the preconditions that it says it checks. */
        OVERWRITING,
        /** A purge sees only the pins that there were when it began. */
        PINS_SEEN_ONCE
    }

    /** So long a request that replaces or deletes may be under way: less than a lease counts on after its last renewal. */
    private static final Duration UNDER_WAY = Duration.ofMinutes(25);

    /** As many keys go into one request. */
    private static final int DELETED_AT_ONCE = 4;

    final TreeMap<String, Content> objects;
    private final Random random;
    private final Scheduler scheduler;
    private Instant now;
    private double jumps;
    private Preconditions preconditions = Preconditions.CHECKED;
    private Mutation mutation = Mutation.NONE;

    World(TreeMap<String, Content> objects, Instant now, Random random) {
        this.objects = objects;
        this.now = now;
        this.random = random;
        this.scheduler = new Scheduler(random, this);
    }

    Scheduler scheduler() {
        return scheduler;
    }

    @Override
    public Instant now() {
        return now;
    }

    @Override
    public void passTo(Instant moment) {
        if (moment.isAfter(now)) {
            now = moment;
        }
    }

    void preconditions(Preconditions what) {
        preconditions = what;
    }

    void mutate(Mutation what) {
        mutation = what;
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
        private List<StoredObject> pins;
        private boolean slept;

        View(Scheduler.Process process) {
            this.process = process;
        }

        /** @param what the key, or what stands for it */
        private void step(String what) {
            if (process != null) {
                // a request that replaces or deletes arrives soon or never; others may take hours
                boolean mayLinger = !what.contains("/meta/") && !what.startsWith("index/") && !what.isEmpty();
                if (!mayLinger) {
                    jump();
                }
                Instant sent = now;
                scheduler.step(process);
                if (mayLinger) {
                    jump();
                } else if (now.isAfter(sent.plus(UNDER_WAY))) {
                    throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, "lost on its way: " + what);
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

        /** Where the process stands still for hours or days, with what it has just read. */
        private <T> T afterSleep(T read) {
            if (process != null && !slept && process.suspendAt >= 0 && process.calls() >= process.suspendAt) {
                slept = true;
                process.sleepUntil(now.plus(Duration.ofHours(1L << (3 + random.nextInt(4)))));
                scheduler.yield(process);
            }
            return read;
        }

        private void jump() {
            if (jumps > 0 && random.nextDouble() < jumps) {
                pass(Duration.ofMinutes(1L << random.nextInt(8)));
            }
        }

        private StoredObject store(ObjectKey key, byte[] bytes, ContentHash hash) {
            StoredObject told = new StoredObject(key, bytes.length, hash, now);
            objects.put(key.value(), new Content(bytes, told));
            return told;
        }

        private boolean isBlind() {
            return process != null && (mutation == Mutation.NO_EXCLUSION || mutation == Mutation.OVERWRITING);
        }

        /** Where the look and the request are two, both together are under way no longer than a lease outlasts its renewal. */
        private void checkArrived(Instant sent, ObjectKey key) {
            if (process != null && now.isAfter(sent.plus(UNDER_WAY))) {
                throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, "lost on its way: " + key);
            }
        }

        /** In the same step as the effect, or not at all. */
        private void check(String what, ObjectKey key, Precondition when) {
            if (preconditions == Preconditions.CHECKED && mutation != Mutation.OVERWRITING) {
                when.check(what, Optional.ofNullable(objects.get(key.value())).map(Content::told));
            }
        }

        @Override
        public StoredObject put(ObjectKey key, ObjectSource source, Precondition when) {
            if (preconditions == Preconditions.REFUSED) {
                Instant sent = now;
                when.check("storing " + key, stat(key));
                checkArrived(sent, key);
                return put(key, source);
            }
            byte[] bytes = bytes(source);
            step(key.value());
            check("storing " + key, key, when);
            return store(key, bytes, hash(bytes));
        }

        @Override
        public StoredObject copy(ObjectKey from, long size, ObjectKey to, Precondition when) {
            if (preconditions == Preconditions.REFUSED) {
                Instant sent = now;
                when.check("copying " + from, stat(to));
                checkArrived(sent, to);
                return copy(from, size, to);
            }
            step(to.value());
            check("copying " + from, to, when);
            return copied(from, to);
        }

        @Override
        public Overwriting overwriting() {
            return switch (preconditions) {
                case CHECKED -> Overwriting.PREVENTED;
                case REFUSED -> Overwriting.POSSIBLE;
                case IGNORED -> Overwriting.UNKNOWN;
            };
        }

        private byte[] bytes(ObjectSource source) {
            try (InputStream in = Channels.newInputStream(source.open())) {
                return in.readAllBytes();
            } catch (IOException failed) {
                throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, source.describe(), failed);
            }
        }

        private StoredObject copied(ObjectKey from, ObjectKey to) {
            Content content = objects.get(from.value());
            if (content == null) {
                throw new MedusaException(FailureKind.STORAGE_UNAVAILABLE, "copying " + from + ": it does not exist");
            }
            return store(to, content.bytes(), content.hash());
        }

        @Override
        public StoredObject put(ObjectKey key, ObjectSource source) {
            byte[] bytes = bytes(source);
            step(key.value());
            return store(key, bytes, hash(bytes));
        }

        @Override
        public StoredObject copy(ObjectKey from, long size, ObjectKey to) {
            step(to.value());
            return copied(from, to);
        }

        @Override
        public Optional<InputStream> open(ObjectKey key, long offset, long length) {
            step(key.value());
            return afterSleep(Optional.ofNullable(objects.get(key.value()))
                    .map(content -> new ByteArrayInputStream(content.bytes())));
        }

        @Override
        public Optional<StoredObject> stat(ObjectKey key) {
            step(key.value());
            return afterSleep(Optional.ofNullable(objects.get(key.value())).map(Content::told));
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
            if (isBlind() && prefix.startsWith("index/leases/") && process.name.startsWith("backup")) {
                return Stream.of();
            }
            if (mutation == Mutation.PINS_SEEN_ONCE && prefix.startsWith("index/pins/")) {
                pins = pins == null ? found : pins;
                return pins.stream();
            }
            return afterSleep(found).stream();
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

        /** Requests of some keys each, which a store works off in any order and a crash may cut anywhere. */
        @Override
        public List<ObjectKey> deleteAll(Collection<ObjectKey> keys) {
            List<ObjectKey> order = new ArrayList<>(keys);
            if (process != null) {
                Collections.shuffle(order, random);
            }
            int most = process == null ? Integer.MAX_VALUE : DELETED_AT_ONCE;
            for (int from = 0; from < order.size(); from += most) {
                deleteAtOnce(order.subList(from, (int) Math.min(order.size(), (long) from + most)));
                if (most == Integer.MAX_VALUE) {
                    break;
                }
            }
            return List.of();
        }

        private void deleteAtOnce(List<ObjectKey> some) {
            boolean alive = process == null || !process.crashed;
            try {
                step("");
            } catch (Scheduler.Crash crash) {
                some.subList(0, alive ? random.nextInt(some.size() + 1) : 0)
                        .forEach(key -> objects.remove(key.value()));
                throw crash;
            }
            some.forEach(key -> objects.remove(key.value()));
        }

        @Override
        public void flush() {
            // what was stored stays
        }

        @Override
        public OptionalLong freeSpace() {
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
