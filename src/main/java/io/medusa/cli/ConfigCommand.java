package io.medusa.cli;

import io.medusa.config.ConfigReader;
import io.medusa.config.ConfigReader.Setting;
import io.medusa.config.MedusaConfig;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code medusa config}: what the configuration says, without opening the store. */
@Command(
        name = "config",
        description = {
            "Show or check the configuration.",
            "show: print the effective value of every option and where it comes from, with secrets masked. check: report "
                    + "everything that is wrong, misspelt options included, and exit with 1 if anything is."
        },
        footer = {"  medusa config show", "  medusa --config-file new.ini config check"},
        sortOptions = false)
final class ConfigCommand implements Callable<Integer> {
    /** What to do. */
    enum Action {
        show,
        check
    }

    @Parameters(index = "0", paramLabel = "show|check", description = "What to do.")
    @Nullable
    Action action;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @ParentCommand
    Session.@Nullable Owner parent;

    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public Integer call() {
        int status = action == Action.check ? check() : show();
        StandardOutput.check(out());
        return status;
    }

    private Session session() {
        return Objects.requireNonNull(parent).session();
    }

    private ConfigReader reader() {
        return new ConfigReader(session().environment());
    }

    private int show() {
        ConfigReader reader = reader();
        MedusaConfig unused = reader.read(
                session().options().configFile(), session().options().overrides());
        List<Setting> settings = reader.settings();
        if (output == OutputFormat.json) {
            print(Json.document(Map.of(
                    "options",
                    settings.stream()
                            .map(setting -> {
                                Map<String, Object> json = new LinkedHashMap<>();
                                json.put("section", setting.option().section());
                                json.put("name", setting.option().name());
                                json.put("value", setting.value());
                                json.put("source", setting.source());
                                return json;
                            })
                            .toList())));
            return 0;
        }
        String section = "";
        TextTable table = new TextTable("OPTION", "VALUE", "SOURCE");
        for (Setting setting : settings) {
            if (setting.value().isEmpty() && setting.source().equals("default")) {
                continue;
            }
            if (!section.equals(setting.option().section())) {
                section = setting.option().section();
                table.row("[" + section + "]", "", "");
            }
            table.row(setting.option().name(), setting.value().replace("\n", " "), setting.source());
        }
        table.lines().forEach(this::print);
        return 0;
    }

    private int check() {
        List<String> problems = reader().check(
                        session().options().configFile(), session().options().overrides());
        if (output == OutputFormat.json) {
            Map<String, Object> json = new LinkedHashMap<>();
            json.put("valid", problems.isEmpty());
            json.put("problems", problems);
            print(Json.document(json));
        } else if (problems.isEmpty()) {
            print("The configuration is valid: "
                    + session().options().configFile().orElse(ConfigReader.DEFAULT_FILE));
        } else {
            problems.forEach(this::print);
        }
        return problems.isEmpty() ? 0 : 1;
    }

    private PrintWriter out() {
        return Objects.requireNonNull(spec).commandLine().getOut();
    }

    private void print(String line) {
        out().print(line + "\n");
    }
}
