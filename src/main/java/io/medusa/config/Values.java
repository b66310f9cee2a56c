package io.medusa.config;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Secret;
import io.medusa.model.Segments;
import java.math.BigDecimal;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Option values after all sources have been laid over each other, with the parsers of docs/compatibility.md 2.4. */
final class Values {
    private static final Set<String> TRUE = Set.of("1", "true", "yes", "on");
    private static final Set<String> FALSE = Set.of("0", "false", "no", "off");
    private static final String[] UNITS = {"PB", "TB", "GB", "MB", "KB", "B"};

    private final Map<String, String> values = new HashMap<>();

    void set(String section, String option, String value) {
        values.put(section + "." + option.toLowerCase(Locale.ROOT), value);
    }

    /** Whether some source names the option. */
    boolean isSet(String section, String option) {
        return values.containsKey(section + "." + option.toLowerCase(Locale.ROOT));
    }

    /** The value as written, which may be empty; nothing if no source names the option and it has no default. */
    Optional<String> text(String section, String option) {
        String value = values.get(section + "." + option.toLowerCase(Locale.ROOT));
        if (value != null) {
            return Optional.of(value);
        }
        return KnownOption.find(section, option.toLowerCase(Locale.ROOT)).map(KnownOption::fallback);
    }

    /** The value, taking an empty one for none. */
    Optional<String> nonEmpty(String section, String option) {
        return text(section, option).filter(value -> !value.isEmpty());
    }

    Optional<Secret> secret(String section, String option) {
        return nonEmpty(section, option).map(Secret::new);
    }

    boolean bool(String section, String option) {
        String value = text(section, option).orElse("").toLowerCase(Locale.ROOT);
        if (TRUE.contains(value)) {
            return true;
        }
        if (FALSE.contains(value)) {
            return false;
        }
        throw bad(section, option, "write True or False");
    }

    int integer(String section, String option) {
        try {
            return Integer.parseInt(text(section, option).orElse("").strip());
        } catch (NumberFormatException notANumber) {
            throw bad(section, option, "write a whole number of at most " + Integer.MAX_VALUE);
        }
    }

    /** Bytes, from texts such as {@code 50MB/s} or {@code 20971520}. */
    long size(String section, String option) {
        String compact = text(section, option).orElse("").replace(" ", "").replace("/s", "");
        try {
            for (int i = 0; i < UNITS.length; i++) {
                if (compact.endsWith(UNITS[i])) {
                    BigDecimal number = new BigDecimal(compact.substring(0, compact.length() - UNITS[i].length()));
                    BigDecimal factor = BigDecimal.valueOf(1024).pow(UNITS.length - 1 - i);
                    return positive(number.multiply(factor).longValue(), section, option);
                }
            }
            return positive(new BigDecimal(compact).longValueExact(), section, option);
        } catch (NumberFormatException | ArithmeticException notASize) {
            throw bad(section, option, "write a number with B, KB, MB, GB, TB or PB, such as 50MB");
        }
    }

    private long positive(long value, String section, String option) {
        if (value <= 0) {
            throw bad(section, option, "it must be more than 0");
        }
        return value;
    }

    MedusaException bad(String section, String option, String remedy) {
        return new MedusaException(
                FailureKind.CONFIG_UNREADABLE,
                option + " in [" + section + "] is "
                        + Segments.quoted(text(section, option).orElse("")) + ": " + remedy);
    }
}
