package io.medusa.os;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PrivilegesTest {
    /** A command that is asked about but never run could be one that the operator does not allow. */
    @Test
    void sudoIsAskedOnlyAboutCommandsThatARestoreRuns(@TempDir Path data) {
        Path tree = data.resolve(".medusa-data/restore-one");
        List<List<String>> commands = asAnother(data).sudoCommands(tree);
        assertThat(commands)
                .contains(List.of("mkdir", "-p", tree.toString()))
                .anySatisfy(command -> assertThat(command)
                        .startsWith("chown", "-R")
                        .anyMatch(word -> word.contains(":"))
                        .endsWith(tree.toString()))
                .noneMatch(command -> List.of("cp", "xargs").contains(command.get(0)))
                .doesNotContain(List.of("mv", "-T", "-f", tree.toString(), tree + "-other"));
        Path yaml = data.resolve("cassandra.yaml");
        assertThat(asAnother(data).sudoReplacement(yaml))
                .contains(List.of("mv", "-T", "-f", yaml + ".medusa-new", yaml.toString()))
                .anyMatch(command -> command.contains("--no-preserve=all"));
    }

    @Test
    void whoeverNeedsNoSudoAsksItNothing(@TempDir Path data) {
        Privileges privileges = Privileges.over(data, true);
        assertThat(privileges.sudoCommands(data)).isEmpty();
        assertThat(privileges.sudoReplacement(data)).isEmpty();
    }

    private static Privileges asAnother(Path data) {
        String user = System.getProperty("user.name");
        try {
            System.setProperty("user.name", "another");
            return Privileges.over(data, true);
        } finally {
            System.setProperty("user.name", user);
        }
    }
}
