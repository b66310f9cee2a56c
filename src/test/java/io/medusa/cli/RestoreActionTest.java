package io.medusa.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.cli.RestoreAction.Given;
import io.medusa.testing.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/** Which options of restore-node go together: all pairs, by a table that is written down here a second time. */
final class RestoreActionTest {
    private static final Map<Given, String> VALUES = Map.of(
            Given.BACKUP_NAME, "one",
            Given.REPLICATION, "ks={'class': 'SimpleStrategy', 'replication_factor': 1}",
            Given.VERSION_TARGET, "4.1.3",
            Given.SEEDS, "a,b",
            Given.KEYSPACE, "ks",
            Given.TABLE, "ks.t");

    /** What sstableloader cannot do: it reads no plan of ours, stages nothing, and neither stops nor checks the node. */
    private static final Set<Given> NOT_WITH_LOADER = EnumSet.of(
            Given.REPLICATION,
            Given.VERIFY,
            Given.KEEP_PREVIOUS,
            Given.UNDO,
            Given.ABORT,
            Given.STAGE_ONLY,
            Given.STAY_DOWN_ON_FAILURE,
            Given.DRY_RUN);

    @TempDir
    Path directory;

    static Stream<Set<Given>> pairs() {
        return Arrays.stream(Given.values()).flatMap(one -> Arrays.stream(Given.values())
                .filter(other -> one.ordinal() <= other.ordinal())
                .map(other -> EnumSet.of(one, other)));
    }

    /** With a backup's name beside, unless that would be refused by itself. */
    @ParameterizedTest
    @MethodSource("pairs")
    void everyPairIsDoneOrRefusedAsTheTableSays(Set<Given> pair) throws IOException {
        boolean undo = pair.contains(Given.UNDO) || pair.contains(Given.ABORT);
        Set<Given> given = EnumSet.copyOf(pair);
        if (!undo) {
            given.add(Given.BACKUP_NAME);
        }
        if (!undo && pair.contains(Given.REPLICATION)) {
            given.add(Given.TABLE);
        }
        String expected = expected(given);
        if (expected.isEmpty()) {
            Cli.Result result = run(given);
            assertThat(result.status()).as(given + result.err()).isEqualTo(2);
            assertThat(result.lastError()).startsWith("Error: --");
            pair.stream()
                    .filter(option -> option != Given.BACKUP_NAME || undo)
                    .forEach(option -> assertThat(result.lastError()).contains(option.option()));
        } else {
            assertThat(RestoreAction.of(given).getClass().getSimpleName()).isEqualTo(expected);
        }
    }

    private static String expected(Set<Given> given) {
        if (given.contains(Given.UNDO)) {
            return given.size() == 1 ? "Undo" : "";
        }
        if (given.contains(Given.ABORT)) {
            return Set.of(Given.ABORT, Given.DRY_RUN).containsAll(given) ? "Abort" : "";
        }
        if (given.containsAll(Set.of(Given.IN_PLACE, Given.REMOTE))) {
            return "";
        }
        if (given.contains(Given.USE_SSTABLELOADER)) {
            return given.stream().anyMatch(NOT_WITH_LOADER::contains) ? "" : "Load";
        }
        return given.contains(Given.DRY_RUN) ? "Plan" : given.contains(Given.STAGE_ONLY) ? "Stage" : "Run";
    }

    private Cli.Result run(Set<Given> given) throws IOException {
        Path ini = Files.writeString(
                directory.resolve("medusa.ini"),
                "[storage]\nstorage_provider = local\nbase_path = " + directory
                        + "\nbucket_name = bucket\nfqdn = n1\n");
        List<String> words = new ArrayList<>(List.of("restore-node"));
        given.forEach(option -> {
            words.add(option.option());
            if (VALUES.containsKey(option)) {
                words.add(VALUES.get(option));
            }
        });
        return new Cli(ini).run(words.toArray(String[]::new));
    }

    @Test
    void aWholeNodeHasNoOtherReplication() throws IOException {
        Cli.Result result = run(EnumSet.of(Given.BACKUP_NAME, Given.REPLICATION));
        assertThat(result.status()).isEqualTo(2);
        assertThat(result.lastError()).startsWith("Error: --replication needs --keyspace or --table");
    }

    @Test
    void withoutABackupThereIsNothingToRestore() throws IOException {
        for (Given option : EnumSet.complementOf(EnumSet.of(Given.BACKUP_NAME, Given.UNDO, Given.ABORT))) {
            Cli.Result result = run(EnumSet.of(option));
            assertThat(result.status()).as(option.option()).isEqualTo(2);
            assertThat(result.lastError()).isEqualTo("Error: Missing option '--backup-name'.");
        }
    }

    @Test
    void everyOptionOfTheCommandIsInTheTable() {
        CommandLine command =
                new MedusaCommand(Map.of()).commandLine().getSubcommands().get("restore-node");
        List<String> own = command.getCommandSpec().options().stream()
                .filter(option -> !option.inherited())
                .map(option -> option.longestName())
                .toList();
        List<String> table =
                new ArrayList<>(Arrays.stream(Given.values()).map(Given::option).toList());
        // where locks go, how the result is printed, and a question that is not asked change nothing
        table.addAll(List.of("--temp-dir", "--output", "--yes"));
        assertThat(own).containsExactlyInAnyOrderElementsOf(table);
    }
}
