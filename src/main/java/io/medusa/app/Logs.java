package io.medusa.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.filter.Filter;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.spi.FilterReply;
import ch.qos.logback.core.util.Duration;
import ch.qos.logback.core.util.FileSize;
import io.medusa.config.MedusaConfig;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.LoggerFactory;

/** Sets up logging in code: lines on stderr, and a file where the configuration asks for one (docs/compatibility.md 1.6). */
public final class Logs {
    private static final String TIME = "[%d{ISO8601}] ";
    private static final String LEVEL = "%replace(%replace(%level){'WARN','WARNING'}){'TRACE','DEBUG'}";
    private static final String LINE = LEVEL + ": %msg%n%ex";
    private static final Pattern PYTHON = Pattern.compile("%\\((\\w+)\\)[-0-9.]*[sd]");

    private Logs() {}

    private static final String OWN = "io.medusa";

    /** The steps of a command, with their times: {@code -v} shows these, and no other details. */
    public static final String STEPS = "io.medusa.steps";

    /** From here on, errors have their stack traces. */
    private static final int OWN_DETAILS = 2;

    private static final int LIBRARIES = 3;

    /**
     * The console.
     *
     * @param verbosity number of {@code -v}: steps with one, our own details with two, libraries with three; -1 for warnings only
     */
    public static void console(int verbosity, boolean timestamps) {
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setContext(context);
        console.setTarget("System.err");
        console.setEncoder(encoder(
                context, (timestamps ? TIME : "") + LINE.replace("%ex", verbosity >= OWN_DETAILS ? "%ex" : "%nopex")));
        Level usual = verbosity < 0 ? Level.WARN : Level.INFO;
        Level own = verbosity >= OWN_DETAILS ? Level.DEBUG : usual;
        Level steps = verbosity > 0 ? Level.DEBUG : usual;
        console.addFilter(new ConsoleLevels(own, steps));
        console.start();
        Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        root.addAppender(console);
        root.setLevel(verbosity >= LIBRARIES ? Level.TRACE : Level.OFF);
        context.getLogger(OWN).setLevel(own);
        context.getLogger(STEPS).setLevel(steps);
        if (verbosity >= LIBRARIES) {
            // below that they show whole requests, credentials included
            SPEAKING_OF_SECRETS.forEach(name -> context.getLogger(name).setLevel(Level.INFO));
        }
    }

    private static final List<String> SPEAKING_OF_SECRETS = List.of(
            "software.amazon",
            "org.apache.hc",
            "org.apache.http",
            "com.azure",
            "com.google",
            "com.microsoft",
            "jdk.internal");

    /** The file, rotated by size. */
    public static void file(MedusaConfig.Logging logging) {
        if (!logging.enabled()) {
            return;
        }
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        RollingFileAppender<ILoggingEvent> file = new RollingFileAppender<>();
        file.setContext(context);
        file.setFile(logging.file().toString());
        LongWindow policy = new LongWindow();
        policy.setContext(context);
        policy.setParent(file);
        policy.setFileNamePattern(logging.file() + ".%i");
        policy.setMinIndex(1);
        policy.setMaxIndex(Math.max(1, logging.backupCount()));
        policy.start();
        SizeBasedTriggeringPolicy<ILoggingEvent> trigger = new SizeBasedTriggeringPolicy<>();
        trigger.setContext(context);
        trigger.setMaxFileSize(new FileSize(logging.maxBytes()));
        trigger.setCheckIncrement(Duration.buildBySeconds(1));
        trigger.start();
        file.setRollingPolicy(policy);
        file.setTriggeringPolicy(trigger);
        file.setEncoder(encoder(context, pattern(logging.format())));
        ch.qos.logback.classic.filter.ThresholdFilter threshold = new ch.qos.logback.classic.filter.ThresholdFilter();
        threshold.setLevel(level(logging.level()).toString());
        threshold.start();
        file.addFilter(threshold);
        file.start();
        if (!file.isStarted()) {
            throw new MedusaException(
                    FailureKind.CONFIG_UNREADABLE,
                    "the log file " + logging.file() + " cannot be written; check file in [logging]");
        }
        context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).addAppender(file);
        for (String name : List.of(OWN, STEPS)) {
            // the file's level does not depend on that of the console
            Logger logger = context.getLogger(name);
            if (logger.getLevel().isGreaterOrEqual(level(logging.level()))) {
                logger.setLevel(level(logging.level()));
            }
        }
    }

    private static PatternLayoutEncoder encoder(LoggerContext context, String pattern) {
        PatternLayoutEncoder encoder = new PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(pattern);
        encoder.start();
        return encoder;
    }

    /** A pattern from a format in Python's percent style. */
    static String pattern(String format) {
        Matcher matcher = PYTHON.matcher(format);
        StringBuilder out = new StringBuilder();
        while (matcher.find()) {
            String name = matcher.group(1);
            matcher.appendReplacement(
                    out,
                    Matcher.quoteReplacement(
                            switch (name) {
                                case "asctime" -> "%d{ISO8601}";
                                case "levelname" -> LEVEL;
                                case "message" -> "%msg";
                                case "name" -> "%logger";
                                case "process" ->
                                    String.valueOf(ProcessHandle.current().pid());
                                case "threadName" -> "%thread";
                                case "filename", "module" -> "%class{0}";
                                case "funcName" -> "%method";
                                case "lineno" -> "%line";
                                default -> name;
                            }));
        }
        matcher.appendTail(out);
        return out + "%n%nopex";
    }

    private static Level level(String word) {
        return switch (word.toUpperCase(Locale.ROOT)) {
            case "DEBUG" -> Level.DEBUG;
            case "INFO" -> Level.INFO;
            case "WARNING" -> Level.WARN;
            case "ERROR", "CRITICAL" -> Level.ERROR;
            default ->
                throw new MedusaException(
                        FailureKind.CONFIG_UNREADABLE,
                        "level in [logging] is '" + word + "': write DEBUG, INFO, WARNING, ERROR or CRITICAL");
        };
    }

    /** What the console shows of our own lines, of which the file may have more. */
    private static final class ConsoleLevels extends Filter<ILoggingEvent> {
        private final Level own;
        private final Level steps;

        ConsoleLevels(Level own, Level steps) {
            this.own = own;
            this.steps = steps;
        }

        @Override
        public FilterReply decide(ILoggingEvent event) {
            String name = event.getLoggerName();
            Level least = name.startsWith(STEPS) ? steps : name.startsWith(OWN) ? own : Level.TRACE;
            return event.getLevel().isGreaterOrEqual(least) ? FilterReply.NEUTRAL : FilterReply.DENY;
        }
    }

    /** More rotated files than the library's policy allows by itself. */
    private static final class LongWindow extends FixedWindowRollingPolicy {
        @Override
        protected int getMaxWindowSize() {
            return Integer.MAX_VALUE;
        }
    }
}
