package io.medusa.repository;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.storage.ObjectKey;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/** What was read of a backup: its value, or why the object that holds it cannot be used. */
@SuppressWarnings("JavaLangClash") // nobody here means java.lang.Readable
public sealed interface Readable<T> {
    /** The object could be read. */
    record Intact<T>(T value) implements Readable<T> {}

    /**
     * The object is missing, cut off, or must not be trusted.
     *
     * @param reason one line that names the key
     */
    record Damaged<T>(ObjectKey key, String reason, MedusaException failure) implements Readable<T> {}

    /**
     * The result of a reading.
     *
     * @param key of the object that is read
     * @param reading fails with kind BACKUP_DAMAGED if the object is damaged; other failures are passed on
     */
    static <T> Readable<T> of(ObjectKey key, Supplier<T> reading) {
        try {
            return new Intact<>(reading.get());
        } catch (MedusaException failed) {
            if (failed.kind() != FailureKind.BACKUP_DAMAGED) {
                throw failed;
            }
            return new Damaged<>(key, String.valueOf(failed.getMessage()), failed);
        }
    }

    /** The value, or a replacement for the damaged one. */
    default T orElse(Function<Damaged<T>, T> replacement) {
        return this instanceof Damaged<T> damaged ? replacement.apply(damaged) : ((Intact<T>) this).value();
    }

    /**
     * The value.
     *
     * @throws MedusaException of kind BACKUP_DAMAGED if the object is damaged
     */
    default T orThrow() {
        return orElse(damaged -> {
            throw damaged.failure();
        });
    }

    /** What is wrong; nothing if the object could be read. */
    default Optional<Damaged<T>> damage() {
        return this instanceof Damaged<T> damaged ? Optional.of(damaged) : Optional.empty();
    }
}
