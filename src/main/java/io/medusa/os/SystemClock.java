package io.medusa.os;

import java.time.Clock;
import java.time.Duration;

/** The clock of this machine. */
public final class SystemClock {
    /** By this property, tests give each node on one machine a clock of its own. */
    private static final String OFFSET_SECONDS = "medusa.clock.offset.seconds";

    private SystemClock() {}

    /** That clock, in UTC. */
    public static Clock utc() {
        return Clock.offset(Clock.systemUTC(), Duration.ofSeconds(Long.getLong(OFFSET_SECONDS, 0)));
    }
}
