import io.medusa.cli.MedusaCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** {@code java Documents.java EXAMPLE.ini SHARE}: writes the manual pages and the completion of shells, from the command line itself. */
public final class Documents {
    private static final String ENVIRONMENT =
            """
            .SH ENVIRONMENT
            .TP
            .B MEDUSA_<SECTION>_<OPTION>
            Overrides an option of the configuration file, such as MEDUSA_STORAGE_BUCKET_NAME. See
            .BR medusa.ini (5).
            .TP
            .BR MEDUSA_JAVA_HOME ", " JAVA_HOME
            Where Java 17 or newer is; otherwise the java on the PATH.
            .TP
            .B MEDUSA_HEAP
            The largest heap of Java, such as 512m.
            .TP
            .B MEDUSA_JAVA_OPTS
            More options for Java.
            .TP
            .B TMPDIR
            Where marker files are.
            """;
    private static final String FILES =
            """
            .SH FILES
            .TP
            .I /etc/medusa/medusa.ini
            The configuration, unless --config-file names another one.
            .TP
            .I /etc/default/cassandra-medusa
            Variables of the environment, one a line, for the units of systemd and for jobs that other nodes start here.
            """;

    private final Path share;
    private final CommandLine root = new MedusaCommand(Map.of()).commandLine();
    private final Map<String, CommandLine> commands = new TreeMap<>();

    private Documents(Path share) {
        this.share = share;
        root.getSubcommands().values().stream()
                .filter(command -> !command.getCommandSpec().usageMessage().hidden())
                .forEach(command -> commands.put(command.getCommandName(), command));
    }

    public static void main(String[] arguments) throws IOException {
        Documents documents = new Documents(Path.of(arguments[1]));
        documents.manuals(Files.readAllLines(Path.of(arguments[0])));
        documents.completions();
    }

    private void write(String file, String text) throws IOException {
        Path path = share.resolve(file);
        Files.createDirectories(Objects.requireNonNull(path.getParent()));
        Files.writeString(path, text);
    }

    // ---- manual pages

    private static String roff(String text) {
        return text.replace("\\", "\\e")
                .replace("-", "\\-")
                .lines()
                .map(line -> line.startsWith(".") || line.startsWith("'") ? "\\&" + line : line)
                .collect(Collectors.joining("\n"));
    }

    private static String plain(String... lines) {
        return Ansi.OFF.string(String.join("\n", lines).replace("%n", "\n"));
    }

    private static String head(String name, int section, String summary) {
        return ".TH \"" + name.toUpperCase(java.util.Locale.ROOT) + "\" " + section + " \"\" \"Medusa\" \"Medusa\"\n.SH NAME\n"
                + roff(name) + " \\- " + roff(summary) + "\n";
    }

    /** One line, which lists of manual pages show. */
    private static String summary(CommandSpec spec) {
        String first = plain(spec.usageMessage().description()).lines().findFirst().orElse("");
        return first.isEmpty() ? spec.name() : Character.toLowerCase(first.charAt(0)) + first.substring(1).replaceFirst("\\.$", "");
    }

    private static void option(StringBuilder page, OptionSpec option) {
        page.append(".TP\n.B ").append(roff(String.join(", ", option.names())));
        if (option.arity().max() > 0) {
            page.append(" \\fI").append(roff(option.paramLabel())).append("\\fR");
        }
        page.append('\n').append(roff(plain(option.description()))).append('\n');
    }

    private void manuals(List<String> example) throws IOException {
        StringBuilder index = new StringBuilder();
        for (CommandLine command : commands.values()) {
            CommandSpec spec = command.getCommandSpec();
            String name = "medusa-" + spec.name();
            index.append(".TP\n.BR ").append(roff(name)).append(" (1)\n").append(roff(summary(spec))).append(".\n");
            write("man/man1/" + name + ".1", manual(name, spec));
        }
        StringBuilder page = new StringBuilder(head("medusa", 1, "back up and restore Apache Cassandra"));
        page.append(".SH SYNOPSIS\n.B medusa\n[\\fIglobal options\\fR] \\fICOMMAND\\fR [\\fIoptions\\fR]\n.SH DESCRIPTION\n")
                .append("Backs up the nodes of a cluster of Apache Cassandra to an object store or a directory, and restores tables, nodes\n")
                .append("and clusters from there.\n.SH COMMANDS\n")
                .append(index)
                .append(".SH OPTIONS\n");
        root.getCommandSpec().options().stream().filter(option -> !option.hidden()).forEach(option -> option(page, option));
        page.append(".SH EXAMPLES\n.nf\nmedusa doctor\nmedusa backup\nmedusa list\\-backups\nmedusa restore\\-node \\-\\-backup\\-name NAME \\-\\-dry\\-run\n.fi\n")
                .append(".SH \"EXIT STATUS\"\n.TP\n.B 0\nSuccess.\n.TP\n.B other\nFailure; the manual page of each command lists its exit statuses.\n")
                .append(FILES)
                .append(ENVIRONMENT)
                .append(".SH \"SEE ALSO\"\n.BR medusa.ini (5)\n");
        write("man/man1/medusa.1", page.toString());
        write("man/man5/medusa.ini.5", configuration(example));
    }

    private static String manual(String name, CommandSpec spec) {
        StringBuilder page = new StringBuilder(head(name, 1, summary(spec)));
        page.append(".SH SYNOPSIS\n.B medusa ").append(roff(spec.name())).append("\n[\\fIoptions\\fR]");
        for (PositionalParamSpec positional : spec.positionalParameters()) {
            page.append(" \\fI").append(roff(positional.paramLabel())).append("\\fR");
        }
        page.append("\n.SH DESCRIPTION\n").append(roff(plain(spec.usageMessage().description()))).append("\n.SH OPTIONS\n");
        for (PositionalParamSpec positional : spec.positionalParameters()) {
            page.append(".TP\n.I ").append(roff(positional.paramLabel())).append('\n')
                    .append(roff(plain(positional.description()))).append('\n');
        }
        spec.options().stream().filter(option -> !option.hidden()).forEach(option -> option(page, option));
        String examples = plain(spec.usageMessage().footer());
        if (!examples.isBlank()) {
            page.append(".SH EXAMPLES\n.nf\n").append(roff(examples.stripIndent().strip())).append("\n.fi\n");
        }
        page.append(".SH \"EXIT STATUS\"\n");
        spec.usageMessage().exitCodeList().forEach((status, meaning) ->
                page.append(".TP\n.B ").append(status).append('\n').append(roff(plain(meaning))).append('\n'));
        return page.append(FILES).append(ENVIRONMENT).append(".SH \"SEE ALSO\"\n.BR medusa (1),\n.BR medusa.ini (5)\n").toString();
    }

    /** The commented example is the most complete description of the options. */
    private static String configuration(List<String> example) {
        StringBuilder page = new StringBuilder(head("medusa.ini", 5, "configuration of medusa"));
        page.append(".SH DESCRIPTION\n");
        List<String> said = new ArrayList<>();
        for (String line : example) {
            if (line.startsWith("[")) {
                page.append(".SS ").append(roff(line)).append('\n');
                said.clear();
            } else if (line.matches(";?[a-z_0-9]+ = .*")) {
                page.append(".TP\n.B ").append(roff(line.replaceFirst("^;", ""))).append('\n')
                        .append(roff(String.join("\n", said))).append('\n');
                said.clear();
            } else if (line.startsWith("; ")) {
                said.add(line.substring(2));
            } else if (!said.isEmpty()) {
                page.append(roff(String.join("\n", said))).append('\n');
                said.clear();
            }
        }
        return page.append(".SH EXAMPLES\n.nf\n[storage]\nstorage_provider = s3\nbucket_name = backups\nregion = eu\\-west\\-1\n.fi\n")
                .append(".SH FILES\n.I /etc/medusa/medusa.ini\n.SH \"SEE ALSO\"\n.BR medusa (1),\n.BR medusa\\-config (1)\n")
                .toString();
    }

    // ---- completion

    private List<OptionSpec> options(CommandSpec spec) {
        return spec.options().stream().filter(option -> !option.hidden()).toList();
    }

    private static List<String> names(List<OptionSpec> options) {
        return options.stream().flatMap(option -> List.of(option.names()).stream()).filter(name -> name.startsWith("--")).toList();
    }

    private static String values(OptionSpec option) {
        if (option.completionCandidates() != null) {
            return StreamSupport.stream(option.completionCandidates().spliterator(), false).collect(Collectors.joining(" "));
        }
        String label = option.paramLabel();
        return label.matches("[a-z]+(\\|[a-z]+)+") ? label.replace('|', ' ') : "";
    }

    /** The values of options that have few, by option: the same for every command. */
    private Map<String, String> candidates() {
        Map<String, String> candidates = new TreeMap<>();
        commands.values().forEach(command -> options(command.getCommandSpec()).stream()
                .filter(option -> option.arity().max() > 0 && !values(option).isEmpty())
                .forEach(option -> candidates.merge(option.longestName(), values(option), (one, other) ->
                        one.length() > other.length() ? one : other)));
        return candidates;
    }

    private String cases(String indent, String each) {
        StringBuilder text = new StringBuilder();
        commands.forEach((name, command) -> text.append(indent)
                .append(name)
                .append(") ")
                .append(String.format(each, String.join(" ", names(options(command.getCommandSpec())))))
                .append(" ;;\n"));
        return text.toString();
    }

    private void completions() throws IOException {
        String all = String.join(" ", commands.keySet());
        String global = String.join(" ", names(options(root.getCommandSpec())));
        // asked of the bucket at most once a minute: it takes a second, and more where the store is far
        String backups =
                """
                __medusa_backups() { # ARGUMENTS before the word: prints the names of the backups
                    local config= word next= cache
                    for word in "$@"; do
                        [ -z "$next" ] || config=$word
                        next=
                        case $word in --config-file) next=1 ;; --config-file=*) config=${word#*=} ;; esac
                    done
                    cache=${XDG_CACHE_HOME:-$HOME/.cache}/medusa-backups-$(printf %s "$config" | cksum | cut -d" " -f1)
                    if [ -z "$(find "$cache" -mmin -1 2>/dev/null)" ]; then
                        mkdir -p "${cache%/*}" && medusa ${config:+--config-file "$config"} list-backups --show-all 2>/dev/null </dev/null |
                            sed -n 's/ (started.*//p' >"$cache.new" && mv -f "$cache.new" "$cache"
                    fi
                    cat "$cache" 2>/dev/null
                }
                """;
        StringBuilder fixed = new StringBuilder();
        candidates().forEach((option, values) ->
                fixed.append("        ").append(option).append(") words='").append(values).append("' ;;\n"));
        write(
                "completion/medusa",
                "# bash completion of medusa\n" + backups
                        + """
                        _medusa() {
                            local cur prev command= words= word
                            cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
                            if [ "$cur" = = ]; then cur=; elif [ "$prev" = = ]; then prev=${COMP_WORDS[COMP_CWORD - 2]}; fi
                            for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
                                case " ALL " in *" $word "*) command=$word; break ;; esac
                            done
                            case $prev in
                                --backup-name) words=$(__medusa_backups "${COMP_WORDS[@]:1:COMP_CWORD-1}") ;;
                        FIXED        --*-file | --*-path | --*-destination | --*-list | --html | --restore-mappings) return ;;
                            esac
                            if [ -z "$words" ]; then
                                case $command in
                                    '') words='ALL GLOBAL' ;;
                        CASES            esac
                                case $command in
                                    pin | unpin) [ "${cur#-}" != "$cur" ] || words=$(__medusa_backups "${COMP_WORDS[@]:1:COMP_CWORD-1}") ;;
                                esac
                            fi
                            COMPREPLY=($(compgen -W "$words" -- "$cur"))
                        }
                        complete -o default -F _medusa medusa
                        """
                                .replace("FIXED", fixed.toString())
                                .replace("CASES", cases("            ", "words='%s'"))
                                .replace("GLOBAL", global)
                                .replace("ALL", all));
        write(
                "completion/_medusa",
                "#compdef medusa\n" + backups
                        + """
                        _medusa() {
                            local command= found= prev=$words[CURRENT-1] word
                            for word in ${words[2,CURRENT-1]}; do
                                case " ALL " in *" $word "*) command=$word; break ;; esac
                            done
                            case $prev in
                                --backup-name) compadd -- ${(f)"$(__medusa_backups ${words[2,CURRENT-1]})"}; return ;;
                        FIXED        --*-file | --*-path | --*-destination | --*-list | --html | --restore-mappings) _files; return ;;
                            esac
                            if [[ -z $found ]]; then
                                case $command in
                                    '') found='ALL GLOBAL' ;;
                        CASES            esac
                                case $command in
                                    pin | unpin) [[ $words[CURRENT] = -* ]] || found=$(__medusa_backups ${words[2,CURRENT-1]}) ;;
                                esac
                            fi
                            compadd -- ${=found}
                        }
                        _medusa "$@"
                        """
                                .replace("FIXED", fixed.toString().replace("words=", "found="))
                                .replace("CASES", cases("            ", "found='%s'"))
                                .replace("GLOBAL", global)
                                .replace("ALL", all));
        StringBuilder fish = new StringBuilder("# fish completion of medusa\n");
        fish.append(
                """
                function __medusa_backups
                    set -l config (string match -r -- '--config-file[= ]+\\S+' (commandline -p) | string replace -r -- '--config-file[= ]+' '')
                    set -l cache (set -q XDG_CACHE_HOME; and echo $XDG_CACHE_HOME; or echo $HOME/.cache)/medusa-backups-(echo -n "$config" | cksum | cut -d' ' -f1)
                    if test -z (find $cache -mmin -1 2>/dev/null | string collect; or echo)
                        mkdir -p (dirname $cache)
                        set -l option
                        test -n "$config"; and set option --config-file $config
                        medusa $option list-backups --show-all 2>/dev/null </dev/null | sed -n 's/ (started.*//p' >$cache.new; and mv -f $cache.new $cache
                    end
                    cat $cache 2>/dev/null
                end
                """);
        fish.append("complete -c medusa -f\n");
        commands.forEach((name, command) -> {
            fish.append("complete -c medusa -n __fish_use_subcommand -a ").append(name).append(" -d ")
                    .append(quoted(summary(command.getCommandSpec()))).append('\n');
            for (OptionSpec option : options(command.getCommandSpec())) {
                fish.append("complete -c medusa -n '__fish_seen_subcommand_from ").append(name).append("'");
                for (String written : option.names()) {
                    fish.append(written.startsWith("--") ? " -l " + written.substring(2) : " -s " + written.substring(1));
                }
                fish.append(" -d ").append(quoted(plain(option.description()).lines().findFirst().orElse("")));
                if (option.arity().max() > 0) {
                    String values = values(option);
                    fish.append(option.longestName().equals("--backup-name") ? " -x -a '(__medusa_backups)'"
                            : values.isEmpty() ? " -r -F" : " -x -a " + quoted(values));
                }
                fish.append('\n');
            }
        });
        fish.append("complete -c medusa -n '__fish_seen_subcommand_from pin unpin' -a '(__medusa_backups)'\n");
        write("completion/medusa.fish", fish.toString());
    }

    private static String quoted(String text) {
        return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
    }
}
