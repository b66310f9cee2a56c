package io.medusa.cassandra;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A snapshot that exists before one of its name is taken.
 *
 * @param mark what its taker left, if it was this program
 * @param expires whether Cassandra will clear it by itself although it is to be kept
 */
record LeftoverSnapshot(String tag, Optional<SnapshotMark> mark, Instant taken, boolean expires) {
    /** The maximum age of one that a backup uses without being given its id. */
    static final Duration FRESH_FOR = Duration.ofDays(1);

    /** Why it must not stand for the snapshot that is asked for; empty if it may. */
    Optional<String> objection(SnapshotRequest request, Instant now) {
        boolean known = isKnown(request);
        if (!known && isOld(now)) {
            return Optional.of("it is too old");
        }
        if (mark.isPresent() && !mark.get().purpose().equals(request.purpose())) {
            return Optional.of("it was taken for " + mark.get().purpose());
        }
        if (mark.isPresent() && !known && !mark.get().forLater()) {
            return Optional.of("it was taken by another run");
        }
        return expires && request.forLater() ? Optional.of("it expires, and this one is to be kept") : Optional.empty();
    }

    private boolean isKnown(SnapshotRequest request) {
        return mark.filter(found -> request.known().contains(found.id())).isPresent();
    }

    /** Whether much may have been written since. */
    boolean isOld(Instant now) {
        return age(now).compareTo(FRESH_FOR) > 0;
    }

    private Duration age(Instant now) {
        return Duration.between(taken, now);
    }

    /** Which one it is, in words. */
    String described(Instant now) {
        return "Snapshot " + tag + ", taken " + words(age(now)) + " ago (" + taken + ") by "
                + mark.map(SnapshotMark::by).orElse("somebody else, such as nodetool");
    }

    private static String words(Duration age) {
        if (age.toHours() >= 48) {
            return age.toDays() + " days";
        }
        if (age.toMinutes() >= 120) {
            return age.toHours() + " hours";
        }
        return age.toMinutes() >= 2 ? age.toMinutes() + " minutes" : Math.max(0, age.toSeconds()) + " s";
    }
}
