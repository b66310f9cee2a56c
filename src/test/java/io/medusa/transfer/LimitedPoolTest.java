package io.medusa.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Limits in all and per group; the first failure ends the rest. */
@Timeout(60)
final class LimitedPoolTest {
    @Test
    void neverMoreOfAGroupRunAtOnceThanItsLimit() {
        Map<String, AtomicInteger> running = new ConcurrentHashMap<>();
        AtomicInteger most = new AtomicInteger();
        List<String> results = new LimitedPool<Integer>(4, Map.of(item -> "rack" + item % 2, 1))
                .mapAll(IntStream.range(0, 200).boxed().toList(), item -> {
                    AtomicInteger group = running.computeIfAbsent("rack" + item % 2, absent -> new AtomicInteger());
                    most.accumulateAndGet(group.incrementAndGet(), Math::max);
                    Thread.yield();
                    group.decrementAndGet();
                    return "r" + item;
                });
        assertThat(most).hasValue(1);
        assertThat(results).hasSize(200).startsWith("r0", "r1", "r2").endsWith("r199");
    }

    @Test
    void theFirstFailureStartsNothingMoreAndIsThrown() {
        AtomicInteger begun = new AtomicInteger();
        assertThatThrownBy(() -> new LimitedPool<Integer>(1)
                        .mapAll(IntStream.range(0, 100).boxed().toList(), item -> {
                            begun.incrementAndGet();
                            throw new IllegalStateException("first");
                        }))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("first");
        assertThat(begun).hasValue(1);
    }
}
