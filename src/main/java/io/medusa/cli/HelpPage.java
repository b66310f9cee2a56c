package io.medusa.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** How help is laid out: commands in groups, a command's own options before the global ones, exit statuses and examples last. */
final class HelpPage {
    /** Commands by what they are for; those in no group are called by other commands only, and hidden. */
    static final Map<String, List<String>> GROUPS = groups();

    private static final Set<String> OVER_SSH = Set.of("backup-cluster", "restore-cluster", "doctor");
    private static final Set<String> DELETING = Set.of("purge", "delete-backup", "purge-decommissioned");

    private HelpPage() {}

    private static Map<String, List<String>> groups() {
        Map<String, List<String>> groups = new LinkedHashMap<>();
        groups.put("Back up", List.of("backup", "backup-cluster"));
        groups.put("Restore", List.of("restore-node", "restore-table", "restore-cluster", "download"));
        groups.put(
                "Inspect",
                List.of(
                        "list-backups",
                        "show",
                        "status",
                        "verify",
                        "report",
                        "report-last-backup",
                        "get-last-complete-cluster-backup",
                        "fetch-tokenmap"));
        groups.put("Retention", List.of("purge", "delete-backup", "purge-decommissioned", "pin", "unpin"));
        groups.put("Service", List.of("server", "health", "restore-pod"));
        groups.put("Maintenance", List.of("doctor", "config", "build-index", "clear-snapshots", "clear-uploads"));
        return groups;
    }

    /** Lays out the help of a command line and of all its commands. */
    static void layOut(CommandLine root) {
        root.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, HelpPage::commands);
        root.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST_HEADING, help -> "");
        for (CommandLine command : Set.copyOf(root.getSubcommands().values())) {
            command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, HelpPage::options);
            CommandSpec spec = command.getCommandSpec();
            spec.usageMessage().abbreviateSynopsis(true);
            spec.usageMessage().exitCodeListHeading("%nExit status:%n").exitCodeList(statuses(spec.name()));
            if (spec.usageMessage().footer().length > 0) {
                spec.usageMessage().footerHeading("%nExamples:%n");
            }
        }
    }

    private static Map<String, String> statuses(String command) {
        Map<String, String> statuses = new LinkedHashMap<>();
        for (ExitStatus status : ExitStatus.values()) {
            if (status.isUsedBy(command)) {
                statuses.put(String.valueOf(status.number()), status.meaning());
            }
        }
        return statuses;
    }

    private static String commands(Help help) {
        StringBuilder text = new StringBuilder();
        GROUPS.forEach((group, names) -> {
            Map<String, Help> commands = new LinkedHashMap<>();
            Map<String, CommandLine> all = help.commandSpec().subcommands();
            names.forEach(name -> commands.put(
                    name, Objects.requireNonNull(all.get(name), name).getHelp()));
            text.append("\n").append(group).append(":\n").append(help.commandList(commands));
        });
        return text.toString();
    }

    private static String options(Help help) {
        List<OptionSpec> own = new ArrayList<>();
        List<OptionSpec> global = new ArrayList<>();
        String command = help.commandSpec().name();
        for (OptionSpec option : help.commandSpec().options()) {
            if (!option.hidden()) {
                (option.inherited() ? global : own).add(option);
            }
        }
        global.removeIf(Predicate.not(option -> matters(option, command)));
        return "\nOptions:\n"
                + help.optionListExcludingGroups(own)
                + "\nGlobal options:\n"
                + help.optionListExcludingGroups(global);
    }

    /** Every command takes all global options; some change nothing for most commands, and are not shown with those. */
    private static boolean matters(OptionSpec option, String command) {
        String name = option.longestName();
        if (name.startsWith("--ssh-")) {
            return OVER_SSH.contains(command);
        }
        return !name.equals("--backup-grace-period-in-days") || DELETING.contains(command);
    }
}
