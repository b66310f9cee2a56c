package io.medusa.app;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import ch.qos.logback.core.joran.spi.JoranException;
import io.medusa.config.MedusaConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.slf4j.LoggerFactory;

/** The levels of the console and of the file do not depend on each other. */
@Isolated
final class LogsTest {
    @TempDir
    Path directory;

    private final PrintStream stderr = System.err;
    private final ByteArrayOutputStream console = new ByteArrayOutputStream();

    @AfterEach
    void asBefore() throws JoranException {
        System.setErr(stderr);
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        new ContextInitializer(context).autoConfig();
    }

    private Path logged(int verbosity, String level) {
        Path file = directory.resolve("medusa.log");
        System.setErr(new PrintStream(console, true, StandardCharsets.UTF_8));
        Logs.console(verbosity, false);
        Logs.file(new MedusaConfig.Logging(true, file, level, "%(message)s", 1 << 20, 1));
        LoggerFactory.getLogger("io.medusa.backup.Some").info("an info");
        LoggerFactory.getLogger("io.medusa.backup.Some").debug("a detail");
        LoggerFactory.getLogger(Logs.STEPS).debug("a step");
        LoggerFactory.getLogger("io.medusa.backup.Some").warn("a warning");
        LoggerFactory.getLogger("com.library").error("a library");
        return file;
    }

    @Test
    void aQuietConsoleLeavesTheFileItsLines() throws IOException {
        assertThat(Files.readString(logged(-1, "INFO"))).isEqualTo("an info\na warning\n");
        assertThat(console.toString(StandardCharsets.UTF_8)).isEqualTo("WARNING: a warning\n");
    }

    @Test
    void detailsInTheFileNeedNoOptionAndStayOffTheConsole() throws IOException {
        assertThat(Files.readString(logged(0, "DEBUG"))).isEqualTo("an info\na detail\na step\na warning\n");
        assertThat(console.toString(StandardCharsets.UTF_8)).isEqualTo("INFO: an info\nWARNING: a warning\n");
    }

    @Test
    void aFileOfWarningsTakesNothingFromTheConsole() throws IOException {
        assertThat(Files.readString(logged(1, "WARNING"))).isEqualTo("a warning\n");
        assertThat(console.toString(StandardCharsets.UTF_8))
                .isEqualTo("INFO: an info\nDEBUG: a step\nWARNING: a warning\n");
    }
}
