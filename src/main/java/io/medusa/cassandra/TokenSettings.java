package io.medusa.cassandra;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;

/**
 * The settings that make a node take given tokens instead of bootstrapping. The text is parsed, and only the values of the three
 * keys are replaced: comments and everything else are kept.
 */
public final class TokenSettings {
    private TokenSettings() {}

    /** A part of the text and its replacement. */
    private record Edit(int from, int to, String text) {}

    /**
     * The text of a {@code cassandra.yaml} with these tokens.
     *
     * @throws MedusaException if it is no YAML, or no mapping
     */
    public static String withTokens(String yaml, List<BigInteger> tokens) {
        Map<String, String> wanted = new LinkedHashMap<>();
        wanted.put("initial_token", tokens.stream().map(BigInteger::toString).collect(Collectors.joining(",")));
        wanted.put("num_tokens", String.valueOf(tokens.size()));
        wanted.put("auto_bootstrap", "false");
        return with(yaml, wanted);
    }

    /**
     * The text with that number of tokens, which a node can no longer change once it has joined; unchanged if it has it already.
     *
     * @throws MedusaException if it is no YAML, or no mapping
     */
    public static String withNumberOfTokens(String yaml, int tokens) {
        Map<String, String> wanted = new LinkedHashMap<>();
        wanted.put("num_tokens", String.valueOf(tokens));
        return with(yaml, wanted);
    }

    private static String with(String yaml, Map<String, String> wanted) {
        List<Edit> edits = edits(yaml, wanted);
        edits.sort(Comparator.comparingInt(Edit::from).reversed());
        StringBuilder text = new StringBuilder(yaml);
        edits.forEach(edit -> text.replace(edit.from(), edit.to(), edit.text()));
        if (!text.isEmpty() && text.charAt(text.length() - 1) != '\n') {
            text.append('\n');
        }
        wanted.forEach(
                (key, value) -> text.append(key).append(": ").append(value).append('\n'));
        return text.toString();
    }

    /** Replaces present keys, and removes them from the wanted ones. */
    private static List<Edit> edits(String yaml, Map<String, String> wanted) {
        Node root;
        try {
            root = new Compose(LoadSettings.builder().setUseMarks(true).build())
                    .composeString(yaml)
                    .orElse(null);
        } catch (YamlEngineException malformed) {
            throw refused(
                    String.valueOf(malformed.getMessage()).lines().findFirst().orElse(""), malformed);
        }
        if (!(root instanceof MappingNode mapping)) {
            throw refused("it is not a list of settings", null);
        }
        List<Edit> edits = new ArrayList<>();
        Map<String, String> found = new LinkedHashMap<>();
        for (NodeTuple setting : mapping.getValue()) {
            if (setting.getKeyNode() instanceof ScalarNode key && wanted.containsKey(key.getValue())) {
                if (!(setting.getValueNode() instanceof ScalarNode value)) {
                    throw refused("the value of " + key.getValue() + " is no single value", null);
                }
                int from = offset(yaml, value.getStartMark().orElseThrow());
                int to = offset(yaml, value.getEndMark().orElseThrow());
                String blank = from > 0 && yaml.charAt(from - 1) == ':' ? " " : "";
                edits.add(new Edit(from, to, blank + wanted.get(key.getValue())));
                found.put(key.getValue(), "");
            }
        }
        wanted.keySet().removeAll(found.keySet());
        return edits;
    }

    /** Converts the marks' code point offsets. */
    private static int offset(String text, Mark mark) {
        return text.offsetByCodePoints(0, mark.getIndex());
    }

    private static MedusaException refused(String why, @org.jspecify.annotations.Nullable Throwable cause) {
        return new MedusaException(
                FailureKind.LOCAL_FILE,
                "the tokens of the backup cannot be written into cassandra.yaml: " + why + "; nothing was changed",
                cause);
    }
}
