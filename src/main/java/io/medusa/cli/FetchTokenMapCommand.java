package io.medusa.cli;

import io.medusa.app.Medusa;
import io.medusa.model.BackupName;
import io.medusa.model.TokenMap;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code medusa fetch-tokenmap}. */
@Command(
        name = "fetch-tokenmap",
        description = {"Print the nodes of a backup and their tokens."},
        footer = {"  medusa fetch-tokenmap --backup-name monday"})
final class FetchTokenMapCommand extends NodeCommand {
    @Option(names = "--backup-name", paramLabel = "NAME", required = true, description = "Name of the backup.")
    @Nullable
    String backupName;

    @Option(names = "--output", paramLabel = "text|json", description = "Output format (default: text).")
    OutputFormat output = OutputFormat.text;

    @Override
    int run(Medusa medusa) {
        TokenMap ring = medusa.fetchTokenMap().run(new BackupName(Objects.requireNonNull(backupName)));
        if (output == OutputFormat.json) {
            Map<String, Object> json = new LinkedHashMap<>();
            ring.nodes().forEach((name, node) -> json.put(name.value(), json(node)));
            print(Json.line(json));
            return 0;
        }
        ring.nodes().forEach((name, node) -> {
            print(name.value());
            String tokens = node.tokens().stream().map(BigInteger::toString).collect(Collectors.joining(", "));
            print(node.singleToken() ? tokens : "[" + tokens + "]");
        });
        return 0;
    }

    private static Map<String, Object> json(TokenMap.Node node) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("tokens", node.tokens());
        json.put("is_up", node.up());
        json.put("rack", node.rack());
        json.put("dc", node.datacenter());
        return json;
    }
}
