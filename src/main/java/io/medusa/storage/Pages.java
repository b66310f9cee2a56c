package io.medusa.storage;

import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A listing that comes in pages, as one stream; a page is asked for when the one before it has been consumed. */
public final class Pages {
    private Pages() {}

    /**
     * A stream of what the pages contain.
     *
     * @param fetch asks for the page that follows a mark; nothing for the first one
     * @param next the mark of the page after this one, nothing after the last one
     * @param content of a page
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
