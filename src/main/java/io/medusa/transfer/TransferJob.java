package io.medusa.transfer;

import java.util.function.Supplier;

/**
 * Something to transfer, in one or more parts, in any order and by several threads at once.
 *
 * @param <R> the result
 */
public interface TransferJob<R> {
    /** The number of parts, at least 1. Answers without contacting the store. */
    int parts();

    /** The size of a part in bytes; parts are numbered from 0. */
    long size(int part);

    /** Transfers a part. */
    void move(int part);

    /** Completes the job and returns its result. Called by the thread that transferred the last part. */
    R finish();

    /** Cleans up a job that was not finished. Called when no thread works on it. */
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
                // all of the work happens in finish()
            }

            @Override
            public R finish() {
                return work.get();
            }
        };
    }
}
