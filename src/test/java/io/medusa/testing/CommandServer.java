package io.medusa.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Runs one command after the other in this process, for {@code dev/interop/differences}: reads lines such as
 * {@code {"words": ["list-backups"], "environment": {}}} and answers each with status, standard output and log.
 */
public final class CommandServer {
    private CommandServer() {}

    /** Runs until standard input ends. */
    public static void main(String[] arguments) throws IOException {
        ObjectMapper json = new ObjectMapper();
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            JsonNode request = json.readTree(line);
            Cli cli = new Cli();
            request.path("environment")
                    .properties()
                    .forEach(variable ->
                            cli.with(variable.getKey(), variable.getValue().asText()));
            List<String> words = new ArrayList<>();
            request.path("words").forEach(word -> words.add(word.asText()));
            Cli.Result result = cli.run(words.toArray(new String[0]));
            answers.println(json.writeValueAsString(
                    Map.of("status", result.status(), "out", result.out(), "err", result.err())));
        }
    }
}
