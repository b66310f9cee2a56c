package io.medusa.os;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class SudoListingTest {
    private static final String LISTING = """
            Matching Defaults entries for ops on host1:
                env_reset, secure_path=/usr/sbin\\:/usr/bin

            User ops may run the following commands on host1:
                (root) NOPASSWD: /usr/bin/mkdir, /usr/sbin/service cassandra *, PASSWD: /usr/bin/mv
                (root) /usr/bin/chown
                (cassandra : cassandra) NOPASSWD: NOEXEC: /opt/tools/
            """;

    @Test
    void theTagsOfARuleHoldUntilTheyAreTakenBack() {
        assertThat(asks("/usr/bin/mkdir -p /data")).isFalse();
        assertThat(asks("/usr/sbin/service cassandra stop")).isFalse();
        assertThat(asks("/usr/bin/mv a b")).isTrue();
        assertThat(asks("/usr/bin/chown x /data")).isTrue();
        assertThat(asks("/opt/tools/stop now")).isFalse();
    }

    @Test
    void theLastRuleThatMatchesCounts() {
        assertThat(SudoListing.asksForPassword("    (ALL) NOPASSWD: ALL\n    (root) /usr/bin/mv\n", "/usr/bin/mv a b"))
                .isTrue();
        assertThat(SudoListing.asksForPassword("    (root) /usr/bin/mv\n    (ALL) NOPASSWD: ALL\n", "/usr/bin/mv a b"))
                .isFalse();
    }

    @Test
    void whatNoRuleIsSeenToMatchIsNotRefused() {
        assertThat(asks("/usr/bin/rm -f x")).isFalse();
        assertThat(SudoListing.asksForPassword("", "/usr/bin/rm")).isFalse();
    }

    private static boolean asks(String command) {
        return SudoListing.asksForPassword(LISTING, command);
    }
}
