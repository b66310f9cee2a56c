package io.medusa.os;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.os.SudoRules.Doubt;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against programs that answer as sudo does, and as those that stand in for it. */
final class SudoRulesTest {
    private static final List<String> STOP = List.of("-n", "service", "cassandra", "stop");

    @TempDir
    Path directory;

    /** @param answer the lines of a shell script, for which $3 is the first word that is asked about */
    private SudoRules sudo(String answer) throws IOException {
        Path program = Files.writeString(
                directory.resolve("sudo"), "#!/bin/sh\nprintf '%s\\n' \"$*\" >> " + asked() + "\n" + answer + "\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
        return new SudoRules(program.toString(), "ops");
    }

    private Path asked() {
        return directory.resolve("asked");
    }

    private static String listing(String rule) {
        return "if [ $# = 2 ]; then echo 'User ops may run the following commands on host1:'; echo '    " + rule
                + "'; exit 0; fi\n";
    }

    private static boolean isCertain(Optional<Doubt> doubt) {
        assertThat(doubt).isPresent();
        return doubt.get().isCertain();
    }

    @Test
    void whatARuleAllowsWithoutAPasswordIsNotDoubted() throws IOException {
        assertThat(sudo(listing("(root) NOPASSWD: ALL") + "echo /usr/sbin/$3").doubt(STOP))
                .isEmpty();
    }

    @Test
    void aListingThatWantsAPasswordLeavesItOpen() throws IOException {
        SudoRules sudo = sudo("echo 'sudo: a password is required' >&2; exit 1");
        assertThat(isCertain(sudo.doubt(STOP))).as("Defaults listpw=always").isFalse();
        assertThat(sudo.doubt(STOP).orElseThrow().why()).contains("(sudo: a password is required)");
        assertThat(asked()).as("asked once, for the listing").hasContent("-n -l");
    }

    @Test
    void aRuleThatPossiblyWantsAPasswordIsNoCertainFailure() throws IOException {
        SudoRules sudo = sudo(listing("(ALL) ALL") + "echo /usr/sbin/$3");
        assertThat(isCertain(sudo.doubt(STOP))).isFalse();
        assertThat(sudo.doubt(STOP).orElseThrow().why()).contains("password", "NOPASSWD");
    }

    @Test
    void aCommandThatTheRulesForbidFailsForCertain() throws IOException {
        SudoRules sudo = sudo(listing("(root) NOPASSWD: /bin/mkdir") + "exit 1");
        assertThat(isCertain(sudo.doubt(STOP))).isTrue();
        assertThat(isCertain(sudo.doubt(List.of("-i", "service", "cassandra", "stop"))))
                .as("a login shell is run instead")
                .isFalse();
    }

    @Test
    void onlyAMissingCommandAmongTheMessagesIsCertain() throws IOException {
        String rule = listing("(root) NOPASSWD: ALL");
        assertThat(isCertain(sudo(rule + "echo \"sudo: $3: command not found\"; exit 1")
                        .doubt(STOP)))
                .isTrue();
        assertThat(isCertain(
                        sudo(rule + "echo 'sudo: ldap does not answer'; exit 1").doubt(STOP)))
                .isFalse();
    }

    @Test
    void aUserWithoutAnyRuleIsAskedAboutOnce() throws IOException {
        SudoRules sudo = sudo("echo 'User ops is not allowed to run sudo on host1.'; exit 1");
        assertThat(isCertain(sudo.doubt(STOP))).isTrue();
        assertThat(isCertain(sudo.doubt(List.of("mkdir", "-p", "/data")))).isTrue();
        assertThat(asked()).hasContent("-n -l");
    }

    @Test
    void aProgramThatStandsInForSudoIsNeverAskedAboutACommand() throws IOException {
        Path ran = directory.resolve("ran");
        SudoRules sudo = sudo("while [ \"${1#-}\" != \"$1\" ]; do shift; done; exec \"$@\"");
        assertThat(isCertain(sudo.doubt(List.of("touch", ran.toString())))).isFalse();
        assertThat(ran).doesNotExist();
    }

    @Test
    void withoutSudoNothingRuns() {
        assertThat(isCertain(new SudoRules(directory.resolve("none").toString(), "ops").doubt(STOP)))
                .isTrue();
    }

    @Test
    void noNewPrivilegesIsCertain() throws IOException {
        SudoRules sudo = sudo("echo 'sudo: The \"no new privileges\" flag is set, which prevents sudo from running as"
                + " root.'; exit 1");
        assertThat(sudo.doubt(STOP).orElseThrow())
                .satisfies(doubt -> assertThat(doubt.isCertain()).isTrue())
                .satisfies(doubt -> assertThat(doubt.why()).contains("NoNewPrivileges=no"));
    }
}
