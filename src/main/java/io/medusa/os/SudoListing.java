package io.medusa.os;

import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads what {@code sudo -l} prints: the rules for this user, of which the last that matches a command holds. */
final class SudoListing {
    /** Such as {@code (root) NOPASSWD: /usr/bin/mkdir, /usr/sbin/service cassandra stop}. */
    private static final Pattern RULE = Pattern.compile("^\\s+\\([^)]*\\)\\s*(.*)$");

    private static final Pattern TAG = Pattern.compile("^([A-Z_]+):\\s*");

    private SudoListing() {}

    /**
     * Whether the rule for a command wants a password. If no rule can be told to match, it is assumed not to.
     *
     * @param command with the path of its program, as {@code sudo -l COMMAND} prints it
     */
    static boolean asksForPassword(String listing, String command) {
        boolean asks = false;
        for (String line : listing.lines().toList()) {
            Matcher rule = RULE.matcher(line);
            if (!rule.matches()) {
                continue;
            }
            boolean password = true;
            for (String each : rule.group(1).split("(?<!\\\\),\\s*", -1)) {
                String pattern = each.strip();
                for (Matcher tag = TAG.matcher(pattern); tag.find(); tag = TAG.matcher(pattern)) {
                    password = tag.group(1).equals("PASSWD")
                            || (password && !tag.group(1).equals("NOPASSWD"));
                    pattern = pattern.substring(tag.end());
                }
                asks = matches(pattern, command) ? password : asks;
            }
        }
        return asks;
    }

    private static boolean matches(String pattern, String command) {
        if (pattern.equals("ALL") || pattern.equals(command)) {
            return true;
        }
        boolean anyArguments = !pattern.contains(" ");
        String subject = anyArguments ? command.split(" ", 2)[0] : command;
        if (anyArguments && pattern.endsWith("/")) {
            return subject.startsWith(pattern) && subject.indexOf('/', pattern.length()) < 0;
        }
        return Pattern.matches(glob(pattern), subject);
    }

    private static String glob(String pattern) {
        return String.join(
                ".*",
                Arrays.stream(pattern.replace("\\", "").split("\\*", -1))
                        .map(Pattern::quote)
                        .toList());
    }
}
