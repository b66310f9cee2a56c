package io.medusa.config;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Segments;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Option values after all sources have been laid over each other. */
final class Values {
    private final Map<String, String> values = new HashMap<>();

    private static String key(String section, String name) {
        return section + "." + name.toLowerCase(Locale.ROOT);
    }

    void set(String section, String name, String value) {
        values.put(key(section, name), value);
    }

    void set(Option<?> option, String value) {
        set(option.section(), option.name(), value);
    }

    /** Whether some source names the option. */
    boolean isSet(Option<?> option) {
        return values.containsKey(key(option.section(), option.name()));
    }

    /** The value, where an absent one counts as empty. */
    <T> T get(Option<T> option) {
        return parse(option, option.type());
    }

    /** The value, where an empty one counts as none. */
    <T> Optional<T> find(Option<T> option) {
        return text(option).isEmpty() ? Optional.empty() : Optional.of(get(option));
    }

    /** The value as another type. */
    <T> T parse(Option<?> option, OptionType<T> type) {
        try {
            return type.parser().apply(text(option));
        } catch (OptionType.Malformed malformed) {
            throw bad(option, String.valueOf(malformed.getMessage()));
        }
    }

    private String text(Option<?> option) {
        String value = values.get(key(option.section(), option.name()));
        if (value != null) {
            return value;
        }
        return option.fallback() == null ? "" : option.fallback();
    }

    /** @param remedy what to write instead */
    MedusaException bad(Option<?> option, String remedy) {
        return new MedusaException(
                FailureKind.CONFIG_UNREADABLE,
                option.name() + " in [" + option.section() + "] is " + Segments.quoted(text(option)) + ": " + remedy);
    }
}
