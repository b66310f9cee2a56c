package io.medusa.config;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Segments;
import io.medusa.os.HomeDirectory;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Option values after all sources have been laid over each other. An option that is set to nothing has its default; {@code ~} in a path
 * is a home directory.
 */
final class Values {
    private static final String DERIVED = "derived";

    private final Map<String, Setting> values = new HashMap<>();
    private final Map<String, String> environment;
    private int layer;

    /** What some source has set. */
    private record Setting(String value, String source, int layer) {}

    Values(Map<String, String> environment) {
        this.environment = environment;
    }

    private static String key(String section, String name) {
        return section + "." + name.toLowerCase(Locale.ROOT);
    }

    /** What is set from now on comes from a stronger source than what was set before. */
    void beginLayer() {
        layer++;
    }

    /** @param source where the value is from, for people */
    void set(String section, String name, String value, String source) {
        values.put(key(section, name), new Setting(value, source, layer));
    }

    /** Whether the present source, and not a weaker one, gives the option a value. */
    boolean isSetInLayer(Option<?> option) {
        Setting setting = values.get(key(option.section(), option.name()));
        return setting != null && setting.layer() == layer && !setting.value().isEmpty();
    }

    /** Forgets what weaker sources have set. */
    void unset(Option<?> option) {
        values.remove(key(option.section(), option.name()));
    }

    /** Sets what follows from other options. */
    void set(Option<?> option, String value) {
        set(option.section(), option.name(), value, DERIVED);
    }

    /** Where the value is from, for people. */
    String source(Option<?> option) {
        Setting setting = values.get(key(option.section(), option.name()));
        boolean isSet = setting != null && (!setting.value().isEmpty() || isEmptied(option));
        return setting != null && isSet ? setting.source() : "default";
    }

    /** The value as text, or the default; empty for a secret that is not set. */
    String shown(Option<?> option) {
        return isEmptied(option) && option.fallback() != null ? "" : text(option);
    }

    /** Whether some source gives the option a value. */
    boolean isSet(Option<?> option) {
        return !set(option).isEmpty();
    }

    /** Whether the option is there, but set to nothing; for options where that does not mean their default. */
    boolean isEmptied(Option<?> option) {
        return values.containsKey(key(option.section(), option.name()))
                && set(option).isEmpty();
    }

    private String set(Option<?> option) {
        Setting setting = values.get(key(option.section(), option.name()));
        return setting == null ? "" : setting.value();
    }

    /** The value, or the default; where there is none, the empty text is parsed. */
    <T> T get(Option<T> option) {
        return parse(option, option.type());
    }

    /** The value, or the default; nothing where there is neither. */
    <T> Optional<T> find(Option<T> option) {
        return text(option).isEmpty() ? Optional.empty() : Optional.of(get(option));
    }

    /** The value as another type. */
    <T> T parse(Option<?> option, OptionType<T> type) {
        try {
            return type.parser().apply(text(option));
        } catch (OptionType.Malformed malformed) {
            throw bad(option, String.valueOf(malformed.getMessage()));
        } catch (MedusaException malformed) {
            if (isSecret(option)) {
                throw bad(option, "close the quote in it");
            }
            throw malformed;
        }
    }

    private String text(Option<?> option) {
        String fallback = option.fallback() == null ? "" : option.fallback();
        String value = isSet(option) ? set(option) : fallback;
        return option.type().equals(OptionType.PATH) ? HomeDirectory.expand(value, environment) : value;
    }

    /** @param remedy what to write instead */
    MedusaException bad(Option<?> option, String remedy) {
        return new MedusaException(
                FailureKind.CONFIG_UNREADABLE,
                option.name() + " in [" + option.section() + "] "
                        + (isSecret(option) ? "cannot be used" : "is " + Segments.quoted(text(option)))
                        + ": " + remedy);
    }

    /** Whether nobody may read the value; the arguments of a program may be credentials. */
    private static boolean isSecret(Option<?> option) {
        return option.type().equals(OptionType.SECRET) || option.name().endsWith(Section.COMMAND);
    }
}
