package io.medusa.doctor;

import io.medusa.error.MedusaException;
import io.medusa.model.Check;
import io.medusa.model.Check.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Collects checks; a check that throws counts as failed. */
final class Attempts {
    private final List<Check> checks = new ArrayList<>();

    /** A check whose result is one line. */
    interface Look {
        String at();
    }

    /** Describes a value in one line. */
    interface Words<T> {
        String of(T value);
    }

    /** Produces checks. */
    interface Series {
        void run(Attempts attempts);
    }

    List<Check> of(Series series) {
        series.run(this);
        return checks;
    }

    void add(String subject, Outcome outcome, String detail) {
        checks.add(new Check(subject, outcome, detail));
    }

    void all(List<Check> more) {
        checks.addAll(more);
    }

    void skip(String... subjects) {
        for (String subject : subjects) {
            add(subject, Outcome.SKIPPED, "not tried");
        }
    }

    /** Adds a check that may fail to run. */
    void check(String subject, Supplier<Check> look) {
        try {
            checks.add(look.get());
        } catch (MedusaException failed) {
            add(subject, Outcome.FAILED, String.valueOf(failed.getMessage()));
        }
    }

    /** Whether it succeeded. */
    boolean text(String subject, Look look) {
        return value(subject, look::at, text -> text).isPresent();
    }

    <T> Optional<T> value(String subject, Supplier<T> look, Words<T> words) {
        try {
            T value = look.get();
            add(subject, Outcome.OK, words.of(value));
            return Optional.of(value);
        } catch (MedusaException failed) {
            add(subject, Outcome.FAILED, String.valueOf(failed.getMessage()));
            return Optional.empty();
        }
    }
}
