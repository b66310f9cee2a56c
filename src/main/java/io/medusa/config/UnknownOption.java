package io.medusa.config;

import io.medusa.model.Nearest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * An option that does not exist: misspelt, in another section, or of another version.
 *
 * @param name in lower case
 * @param where it stands, such as {@code line 4}
 */
record UnknownOption(String section, String name, String where) {
    /** Options that must not be ignored, whether misspelt or of another version, and what would happen. The first that matches counts. */
    private static final Map<Pattern, String> MUST_BE_KNOWN = mustBeKnown();

    private static final String RETENTION_IGNORED =
            ", and without it purge would delete backups it should keep, or keep those it should delete";

    private static Map<Pattern, String> mustBeKnown() {
        Map<Pattern, String> all = new LinkedHashMap<>();
        all.put(
                Pattern.compile("^(storage|DEFAULT)\\.(key_secret|encryption_)"),
                ": this version does not encrypt on the client, and backups would be stored unencrypted. Remove the option;"
                        + " to have the store encrypt, set kms_id or sse_c_key in [storage]");
        all.put(
                Pattern.compile("^(storage|DEFAULT)\\.(?!aws_)(sse|kms|.*(crypt|secret|cipher|gpg))"),
                ", and without it backups could be stored unencrypted");
        all.put(
                Pattern.compile(
                        "^(storage|DEFAULT)\\.(keep_?(hour|dai|week|month|year|last|min|max)|keep_|(max|min)_?(backup|age|count)"
                                + "|backup_?(age|count|grace)|.*(retention|retain|expir|grace_period))"),
                RETENTION_IGNORED);
        all.put(Pattern.compile("^(grpc|DEFAULT)\\.schedule_"), ", and what it schedules would never run");
        return Collections.unmodifiableMap(all);
    }

    /** Whether ignoring it would do harm. */
    boolean isHarmful() {
        return consequence(section, name).isPresent();
    }

    /** What is wrong, what would happen if it were ignored, and what may have been meant. */
    String message() {
        return message(consequence(section, name).orElseThrow());
    }

    /** The same of an option that is ignored. */
    String warning() {
        return message(" and ignored");
    }

    private String message(String consequence) {
        return unknownOption(section, name, where, consequence);
    }

    /** What happens if the option is ignored, if that does harm; also of known options in another section and of misspelt ones. */
    private static Optional<String> consequence(String section, String option) {
        // the options of [DEFAULT] are those of all sections; none of another section is like one for retention
        String own = section.equals(IniFile.DEFAULTS) ? StorageOptions.MAX_BACKUP_AGE.section() : section;
        String home = Options.ALL.stream()
                .filter(known -> known.lookupName().equals(option))
                .<String>map(Option::section)
                .findFirst()
                .orElse(own);
        Optional<String> harm = harm(home, option).or(() -> harm(section, option));
        return harm.isPresent()
                ? harm
                : Nearest.word(option, namesOf(home))
                        .flatMap(meant -> harm(home, meant))
                        .filter(RETENTION_IGNORED::equals);
    }

    private static Optional<String> harm(String section, String option) {
        return MUST_BE_KNOWN.entrySet().stream()
                .filter(harmful ->
                        harmful.getKey().matcher(section + "." + option).find())
                .map(Map.Entry::getValue)
                .findFirst();
    }

    private static List<String> namesOf(String section) {
        return Options.of(section).stream().<String>map(Option::name).toList();
    }

    private static String unknownOption(String section, String option, String where, String consequence) {
        Optional<String> elsewhere = Options.ALL.stream()
                .filter(known -> known.lookupName().equals(option))
                .<String>map(Option::section)
                .findFirst();
        String hint = elsewhere
                .map(other -> "; it belongs in [" + other + "]")
                .or(() -> ofPrefixedName(option))
                .orElseGet(() -> didYouMean(Nearest.word(option, namesOf(section)), "'", "'"));
        return "config option '" + option + "' in [" + section + "], " + where + ", is unknown" + consequence + hint;
    }

    /** Such as {@code ssh_username}, which is {@code username} of another section. */
    private static Optional<String> ofPrefixedName(String option) {
        return Options.ALL.stream()
                .filter(known -> option.equals(known.section() + "_" + known.lookupName()))
                .map(known -> "; did you mean '" + known.name() + "' in [" + known.section() + "]?")
                .findFirst();
    }

    static String didYouMean(Optional<String> word, String open, String close) {
        return word.map(found -> "; did you mean " + open + found + close + "?").orElse("");
    }
}
