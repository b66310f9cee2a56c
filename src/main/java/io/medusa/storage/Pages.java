package io.medusa.storage;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** Turns a paged listing into one stream. A page is requested when the previous one has been consumed. */
public final class Pages {
    private Pages() {}

    /**
     * The contents of all pages.
     *
     * @param fetch requests the page with this token; empty for the first page
     * @param next the token of the page after this one; empty for the last page
     * @param content the contents of a page
     */
    public static <P, M, T> Stream<T> of(
            Function<Optional<M>, P> fetch, Function<P, Optional<M>> next, Function<P, Stream<T>> content) {
        Iterator<P> pages = new Iterator<>() {
            private Optional<M> mark = Optional.empty();
            private boolean ended;

            @Override
            public boolean hasNext() {
                return !ended;
            }

            @Override
            public P next() {
                if (ended) {
                    throw new NoSuchElementException();
                }
                P page = fetch.apply(mark);
                mark = next.apply(page);
                ended = mark.isEmpty();
                return page;
            }
        };
        return StreamSupport.stream(Spliterators.spliteratorUnknownSize(pages, Spliterator.ORDERED), false)
                .flatMap(content);
    }
}
