package io.medusa.restore;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a restore changes in cassandra.yaml is put back by its own undo, and by no other. */
final class TokenTakeoverTest {
    private static final String WRITTEN = "cluster_name: c\nnum_tokens: 16\n";
    private static final List<BigInteger> TOKENS = List.of(BigInteger.ONE, BigInteger.TWO);

    @TempDir
    Path directory;

    private Path file() {
        return directory.resolve("cassandra.yaml");
    }

    private TokenTakeover restored() throws IOException {
        Files.writeString(file(), WRITTEN);
        TokenTakeover tokens = new TokenTakeover(file(), false);
        tokens.take(TOKENS);
        tokens.giveBack(TOKENS.size());
        assertThat(Files.readString(file())).contains("num_tokens: 2\n");
        return tokens;
    }

    @Test
    void settingsLeftByOneRestoreAreNotPutBackByTheUndoOfAnother() throws IOException {
        TokenTakeover tokens = restored();
        Files.writeString(file(), "cluster_name: c\nnum_tokens: 2\nseeds: years later\n");
        tokens.undo(Optional.empty());
        tokens.undo(Optional.of("0".repeat(64)));
        assertThat(Files.readString(file())).contains("years later").contains("num_tokens: 2");
    }

    @Test
    void undoPutsBackWhatItsRestoreChanged() throws IOException {
        Files.writeString(file(), WRITTEN);
        TokenTakeover tokens = new TokenTakeover(file(), false);
        String before = tokens.fingerprint();
        tokens.take(TOKENS);
        assertThat(tokens.fingerprint())
                .as("the same for a run that was cut off")
                .isEqualTo(before);
        tokens.undo(Optional.of(before));
        assertThat(Files.readString(file())).isEqualTo(WRITTEN);
        tokens.take(TOKENS);
        tokens.giveBack(TOKENS.size());
        tokens.undo(Optional.of(before));
        assertThat(Files.readString(file())).isEqualTo(WRITTEN);
    }

    @Test
    void anEditSinceTheRestoreIsNotUndone() throws IOException {
        Files.writeString(file(), WRITTEN);
        String before = new TokenTakeover(file(), false).fingerprint();
        TokenTakeover tokens = restored();
        Files.writeString(file(), Files.readString(file()) + "concurrent_reads: 64\n");
        tokens.undo(Optional.of(before));
        assertThat(Files.readString(file())).contains("concurrent_reads: 64");
    }
}
