package io.medusa.transfer;

import java.util.function.Supplier;

/**
 * Something to move, in one or more parts, which may be moved in any order and by several threads at once.
 *
 * @param <R> what comes of it
 */
public interface TransferJob<R> {
    /** How many parts there are, at least 1. Asks nobody. */
    int parts();

    /** The bytes of a part, counted from 0. */
    long size(int part);

    /** Moves a part. */
    void move(int part);

    /** What comes of it, once all parts are moved; called by the thread that moved the last one. */
    R finish();

    /** Tidies up if it could not be finished; called when nothing moves any more. */
    default void abort() {}

    /** A job of one part. */
    static <R> TransferJob<R> whole(long size, Supplier<R> work) {
        return new TransferJob<>() {
            @Override
            public int parts() {
                return 1;
            }

            @Override
            public long size(int part) {
                return size;
            }

            @Override
            public void move(int part) {
                // it ends with the only part: the work is its end
            }

            @Override
            public R finish() {
                return work.get();
            }
        };
    }
}
