package io.medusa.config;

import io.medusa.model.Secret;
import io.medusa.model.WeeklyTimes;
import io.medusa.os.ShellWords;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.LocalTime;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.Function;

/**
 * What an option holds, with the parsers of docs/compatibility.md 2.4.
 *
 * @param label what to call it in the reference
 * @param parser throws {@link Malformed} with what to write instead
 */
public record OptionType<T>(String label, Function<String, T> parser) {
    private static final Set<String> YES = Set.of("1", "true", "yes", "on");
    private static final Set<String> NO = Set.of("0", "false", "no", "off");
    private static final String[] UNITS = {"PB", "TB", "GB", "MB", "KB", "B"};
    private static final int LAST_PORT = 65_535;

    static final OptionType<String> TEXT = new OptionType<>("text", text -> text);
    static final OptionType<Secret> SECRET = new OptionType<>("secret", Secret::new);
    static final OptionType<Path> PATH = new OptionType<>("path", Path::of);
    static final OptionType<List<String>> WORDS = new OptionType<>("command", ShellWords::split);
    static final OptionType<Boolean> BOOL = new OptionType<>("True or False", OptionType::bool);
    static final OptionType<Integer> NOT_NEGATIVE = atLeast(0, "it must not be less than 0");
    static final OptionType<Integer> INTEGER = new OptionType<>("number", OptionType::integer);
    static final OptionType<Long> SIZE = new OptionType<>("size", OptionType::size);
    static final OptionType<Integer> PORT = new OptionType<>("port", OptionType::port);
    static final OptionType<URI> URL = new OptionType<>("URL", OptionType::url);
    static final OptionType<LocalTime> TIME = new OptionType<>(
            "time", text -> Times.ofDay(text).orElseThrow(() -> new Malformed("write a time such as 05:30")));
    static final OptionType<WeeklyTimes> WEEKLY_TIMES = new OptionType<>("times", text -> Times.ofWeek(text)
            .orElseThrow(
                    () -> new Malformed("write a time such as 01:00, or Sun 01:00 for one day of the week, or several"
                            + " separated by commas, at least 15 minutes apart")));
    /** Nothing for {@code auto}. */
    static final OptionType<OptionalInt> NUMBER_OR_AUTO = new OptionType<>(
            "number or auto",
            text -> text.equalsIgnoreCase("auto")
                    ? OptionalInt.empty()
                    : OptionalInt.of(atLeast(1, "write a number from 1, or auto")
                            .parser()
                            .apply(text)));

    /** A value that has no meaning; the message says what to write instead. */
    static final class Malformed extends IllegalArgumentException {
        private static final long serialVersionUID = 1L;

        Malformed(String remedy) {
            super(remedy);
        }
    }

    static OptionType<Integer> atLeast(int least, String remedy) {
        return range(least, Integer.MAX_VALUE, remedy);
    }

    static OptionType<Integer> range(int least, int most, String remedy) {
        return new OptionType<>("number", text -> {
            int number = integer(text);
            if (number < least || number > most) {
                throw new Malformed(remedy);
            }
            return number;
        });
    }

    /** One of the constants, by their words; in this spelling only. */
    static <E extends Enum<E> & Word> OptionType<E> choice(E[] constants) {
        Map<String, E> words = new LinkedHashMap<>();
        Arrays.stream(constants).forEach(constant -> words.put(constant.word(), constant));
        String all = String.join(", ", words.keySet());
        return new OptionType<>("one of " + all, text -> {
            E found = words.get(text);
            if (found == null) {
                throw new Malformed("write one of " + all);
            }
            return found;
        });
    }

    /** The same in any spelling of upper and lower case. */
    static <E extends Enum<E> & Word> OptionType<E> choiceOfAnyCase(E[] constants) {
        OptionType<E> exact = choice(constants);
        return new OptionType<>(exact.label(), text -> exact.parser().apply(text.toLowerCase(Locale.ROOT)));
    }

    /** A constant that is written in the file as a word, in lower case with hyphens unless it says otherwise. */
    interface Word {
        String name();

        default String word() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private static boolean bool(String text) {
        String word = text.toLowerCase(Locale.ROOT);
        if (!YES.contains(word) && !NO.contains(word)) {
            throw new Malformed("write True or False");
        }
        return YES.contains(word);
    }

    private static int integer(String text) {
        try {
            return Integer.parseInt(text.strip());
        } catch (NumberFormatException notANumber) {
            throw new Malformed("write a whole number of at most " + Integer.MAX_VALUE);
        }
    }

    private static int port(String text) {
        String digits = text.strip();
        if (!digits.matches("[0-9]{1,5}") || Integer.parseInt(digits) > LAST_PORT) {
            throw new Malformed("write a number from 0 to " + LAST_PORT);
        }
        return Integer.parseInt(digits);
    }

    private static URI url(String text) {
        try {
            URI url = new URI(text);
            if (("http".equals(url.getScheme()) || "https".equals(url.getScheme())) && url.getHost() != null) {
                return url;
            }
        } catch (URISyntaxException malformed) {
            // reported below
        }
        throw new Malformed("write a URL that begins with http:// or https://");
    }

    /** Bytes, from texts such as {@code 50MB/s} or {@code 20971520}. */
    private static long size(String text) {
        String compact = text.replace(" ", "").replace("/s", "");
        try {
            for (int i = 0; i < UNITS.length; i++) {
                if (compact.endsWith(UNITS[i])) {
                    BigDecimal number = new BigDecimal(compact.substring(0, compact.length() - UNITS[i].length()));
                    BigDecimal factor = BigDecimal.valueOf(1024).pow(UNITS.length - 1 - i);
                    return positive(number.multiply(factor).longValue());
                }
            }
            return positive(new BigDecimal(compact).longValueExact());
        } catch (NumberFormatException | ArithmeticException notASize) {
            throw new Malformed("write a number with B, KB, MB, GB, TB or PB, such as 50MB");
        }
    }

    private static long positive(long value) {
        if (value <= 0) {
            throw new Malformed("it must be more than 0");
        }
        return value;
    }
}
