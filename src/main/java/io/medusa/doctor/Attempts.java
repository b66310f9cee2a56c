package io.medusa.doctor;

import io.medusa.doctor.Check.Outcome;
import io.medusa.error.MedusaException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Gathers checks; a check that throws is a failed one. */
final class Attempts {
    private final List<Check> checks = new ArrayList<>();

    /** Something that answers in one line. */
    interface Look {
        String at();
    }

    /** Reads one line out of a value. */
    interface Words<T> {
        String of(T value);
    }

    /** Something that makes checks. */
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

    /** A check that may itself be impossible. */
    void check(String subject, Supplier<Check> look) {
        try {
            checks.add(look.get());
        } catch (MedusaException failed) {
            add(subject, Outcome.FAILED, String.valueOf(failed.getMessage()));
        }
    }

    /** Whether it went well. */
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
