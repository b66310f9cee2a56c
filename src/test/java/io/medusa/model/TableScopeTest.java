package io.medusa.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.MedusaException;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import org.junit.jupiter.api.Test;

/** Which tables an ordered list of patterns means. */
final class TableScopeTest {
    private static boolean includes(String table, String... patterns) {
        TableName name = TableName.parse(table);
        return new TableScope(List.of(patterns))
                .includes(new TableDirectory(name.keyspace(), name.table() + "-" + "0".repeat(32)));
    }

    @Test
    void theLastMatchDecides() {
        assertThat(includes("shop.orders")).isTrue();
        assertThat(includes("shop.orders", "shop")).isTrue();
        assertThat(includes("other.t", "shop")).isFalse();
        assertThat(includes("shop.tmp_1", "shop", "!shop.tmp_*")).isFalse();
        assertThat(includes("shop.tmp_1", "shop", "!shop.tmp_*", "shop.tmp_1")).isTrue();
        assertThat(includes("shop.tmp_2", "shop", "!shop.tmp_*", "shop.tmp_1")).isFalse();
        assertThat(includes("shop2.t", "shop")).as("a name is no prefix").isFalse();
        assertThat(includes("shop2.t", "shop?")).isTrue();
        assertThat(includes("Shop.t", "shop")).as("names are case-sensitive").isFalse();
    }

    @Test
    void aListThatBeginsWithAnExclusionMeansEverythingElse() {
        assertThat(includes("shop.orders", "!system*")).isTrue();
        assertThat(includes("system_auth.roles", "!system*")).isFalse();
        assertThat(includes("system_auth.roles", "!system*", "system_auth")).isTrue();
    }

    @Test
    void whatIsNoPatternIsRefused() {
        for (String wrong : List.of("", "!", "a.b.c", "a b", "a.", ".b", "a/b", "a;b", "[a]")) {
            assertThatThrownBy(() -> new TableScope(List.of(wrong)))
                    .as(wrong)
                    .isInstanceOf(MedusaException.class)
                    .hasMessageContaining("is not valid");
        }
    }

    @Property
    void aNameMatchesItselfAndItsStars(@ForAll @CharRange(from = 'a', to = 'c') String text) {
        String name = "x" + text;
        assertThat(includes(name + ".t", name)).isTrue();
        assertThat(includes(name + ".t", "x*")).isTrue();
        assertThat(includes(name + ".t", "*" + text)).isEqualTo(true);
        assertThat(includes(name + ".t", name + "?")).isFalse();
    }
}
