package io.medusa.transfer;

import io.medusa.error.Failures;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Does something slow for every item, so many at once and so many of one group; as one ends, the next that may starts. A thread
 * for each that is under way, and none for those that wait.
 *
 * @param most at once
 * @param mostOfGroup at once for each way of grouping, by the function that gives an item's group
 */
public record LimitedPool<T>(int most, Map<Function<T, String>, Integer> mostOfGroup) {
    private static final long STOP_SECONDS = 60;

    public LimitedPool {
        mostOfGroup = Map.copyOf(mostOfGroup);
    }

    /** No limit but that of all together. */
    public LimitedPool(int most) {
        this(most, Map.of());
    }

    /**
     * Applies a function to every item, in their order where the limits let it.
     *
     * @param function what it throws ends the whole, after those under way have been interrupted and have ended
     * @return the results in the order of the items
     */
    public <R> List<R> mapAll(List<T> items, Function<T, R> function) {
        if (items.isEmpty()) {
            return List.of();
        }
        Run<T, R> run = new Run<>(this, items);
        ExecutorService executor = Executors.newFixedThreadPool(Math.min(most, items.size()), runnable -> {
            Thread thread = new Thread(runnable, "host");
            thread.setDaemon(true);
            return thread;
        });
        try {
            ExecutorCompletionService<Boolean> ended = new ExecutorCompletionService<>(executor);
            int workers = Math.min(most, items.size());
            for (int i = 0; i < workers; i++) {
                var unused = ended.submit(() -> run.work(function));
            }
            for (int i = 0; i < workers; i++) {
                ended.take().get();
            }
            return run.results();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw Failures.interrupted(interrupted);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            throw new IllegalStateException(failed.getCause());
        } finally {
            executor.shutdownNow();
            awaitEnd(executor);
        }
    }

    private static void awaitEnd(ExecutorService executor) {
        boolean interrupted = Thread.interrupted();
        try {
            executor.awaitTermination(STOP_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException again) {
            interrupted = true;
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** One pass over the items. */
    private static final class Run<T, R> {
        private final LimitedPool<T> limits;
        private final List<T> items;
        private final List<Integer> waiting = new ArrayList<>();
        private final Map<String, Integer> running = new HashMap<>();
        private final Object[] results;

        Run(LimitedPool<T> limits, List<T> items) {
            this.limits = limits;
            this.items = items;
            this.results = new Object[items.size()];
            for (int i = 0; i < items.size(); i++) {
                waiting.add(i);
            }
        }

        boolean work(Function<T, R> function) throws InterruptedException {
            for (Integer next = take(); next != null; next = take()) {
                try {
                    results[next] = function.apply(items.get(next));
                } finally {
                    release(next);
                }
            }
            return true;
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
