package io.medusa.transfer;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Applies a slow function to many items, with limits on how many run at once: in all, and per group (such as a rack). When one ends,
 * the next one that the limits allow starts. Waiting items occupy no thread.
 *
 * @param most the limit for all
 * @param mostOfGroup the limit per group, by the function that names an item's group
 */
public record LimitedPool<T>(int most, Map<Function<T, String>, Integer> mostOfGroup) {
    public LimitedPool {
        mostOfGroup = Map.copyOf(mostOfGroup);
    }

    /** Has no limit per group. */
    public LimitedPool(int most) {
        this(most, Map.of());
    }

    /**
     * Applies a function to every item, in order as far as the limits allow.
     *
     * @param function its first failure interrupts the other calls and is thrown after they have ended
     * @return the results in the order of the items
     */
    public <R> List<R> mapAll(List<T> items, Function<T, R> function) {
        if (items.isEmpty()) {
            return List.of();
        }
        Run<T, R> run = new Run<>(this, items, function);
        new Workers("host", Workers.STOP_TIMEOUT).run(Math.min(most, items.size()), run);
        return run.results();
    }

    /** One pass over the items. */
    private static final class Run<T, R> implements Workers.Work {
        private final LimitedPool<T> limits;
        private final List<T> items;
        private final Function<T, R> function;
        private final List<Integer> waiting = new ArrayList<>();
        private final Map<String, Integer> running = new HashMap<>();
        private final Object[] results;

        Run(LimitedPool<T> limits, List<T> items, Function<T, R> function) {
            this.limits = limits;
            this.items = items;
            this.function = function;
            this.results = new Object[items.size()];
            for (int i = 0; i < items.size(); i++) {
                waiting.add(i);
            }
        }

        @Override
        public void run() throws InterruptedException {
            for (Integer next = take(); next != null; next = take()) {
                try {
                    results[next] = function.apply(items.get(next));
                } finally {
                    release(next);
                }
            }
        }

        @Override
        public synchronized void stop() {
            waiting.clear();
            notifyAll();
        }

        private synchronized @Nullable Integer take() throws InterruptedException {
            while (!waiting.isEmpty()) {
                for (int i = 0; i < waiting.size(); i++) {
                    if (mayStart(items.get(waiting.get(i)))) {
                        Integer next = waiting.remove(i);
                        count(next, 1);
                        return next;
                    }
                }
                wait();
            }
            return null;
        }

        private boolean mayStart(T item) {
            return limits.mostOfGroup.entrySet().stream()
                    .allMatch(limit -> running.getOrDefault(limit.getKey().apply(item), 0) < limit.getValue());
        }

        private synchronized void release(Integer item) {
            count(item, -1);
            notifyAll();
        }

        private void count(Integer item, int change) {
            limits.mostOfGroup
                    .keySet()
                    .forEach(group -> running.merge(group.apply(items.get(item)), change, Integer::sum));
        }

        @SuppressWarnings("unchecked")
        List<R> results() {
            List<R> list = new ArrayList<>(results.length);
            for (Object result : results) {
                list.add((R) result);
            }
            return list;
        }
    }
}
