package io.medusa.catalog;

/**
 * What a backup shares with others, in bytes.
 *
 * @param fresh of objects that no earlier one of those compared names
 * @param alone of objects that no other one names: what deleting it would free
 */
public record Share(long fresh, long alone) {
    Share plus(Share other) {
        return new Share(fresh + other.fresh, alone + other.alone);
    }
}
