package io.medusa.cassandra;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tokens in the text of a cassandra.yaml: three values change, everything else stays to the byte. */
final class TokenSettingsTest {
    private static final List<BigInteger> TOKENS = List.of(BigInteger.valueOf(-5), BigInteger.TEN);

    @Test
    void B27_valuesAreReplacedWhereTheyStandAndCommentsStay() {
        String yaml = """
                # the tokens: initial_token: 7 is only a comment
                cluster_name: 'num_tokens: 3'   # a value
                num_tokens: 16                  # sixteen
                initial_token:
                seed_provider:
                  - class_name: x
                    parameters:
                      - seeds: "1.1.1.1"
                        num_tokens: 9
                auto_bootstrap: true
                # ümläut \uD83D\uDC0D
                """;
        assertThat(TokenSettings.withTokens(yaml, TOKENS))
                .isEqualTo(yaml.replace("num_tokens: 16 ", "num_tokens: 2 ")
                        .replace("\ninitial_token:", "\ninitial_token: -5,10")
                        .replace("auto_bootstrap: true", "auto_bootstrap: false"));
    }

    @Test
    void B27_missingOnesAreAppended() {
        assertThat(TokenSettings.withTokens("cluster_name: x", TOKENS))
                .isEqualTo("cluster_name: x\ninitial_token: -5,10\nnum_tokens: 2\nauto_bootstrap: false\n");
    }

    @Test
    void B27_aCommentedOutKeyIsNoKeyAndAQuotedValueIsReplacedWhole() {
        String yaml = "# num_tokens: 1\nnum_tokens: \"256\"\n\uD83D\uDC0D: snake\ninitial_token: '1, 2'\n";
        assertThat(TokenSettings.withTokens(yaml, TOKENS))
                .isEqualTo(
                        "# num_tokens: 1\nnum_tokens: 2\n\uD83D\uDC0D: snake\ninitial_token: -5,10\nauto_bootstrap: false\n");
    }

    @Test
    void theNumberOfTokensStaysWhereItIsRight() {
        String yaml = "a: 1\nnum_tokens: 2 # two\n";
        assertThat(TokenSettings.withNumberOfTokens(yaml, 2)).isEqualTo(yaml);
        assertThat(TokenSettings.withNumberOfTokens(yaml, 4)).isEqualTo("a: 1\nnum_tokens: 4 # two\n");
    }

    @Test
    void whatIsNoYamlIsRefused() {
        assertThatThrownBy(() -> TokenSettings.withTokens("a: [1", TOKENS)).hasMessageContaining("nothing was changed");
        assertThatThrownBy(() -> TokenSettings.withTokens("just text", TOKENS))
                .hasMessageContaining("it is not a list of settings");
        assertThatThrownBy(() -> TokenSettings.withTokens("num_tokens: [1]", TOKENS))
                .hasMessageContaining("num_tokens is no single value");
    }
}
