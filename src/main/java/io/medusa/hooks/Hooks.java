package io.medusa.hooks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs an operator's programs before and after what Medusa does. A program gets the event as one JSON object on stdin, and its main fields in
 * variables. Neither has secrets.
 */
public final class Hooks {
    /** Without any program. */
    public static final Hooks NONE = new Hooks(Map.of(), Duration.ZERO, Clock.systemUTC());

    /** The variable that says which hook a program runs as. */
    public static final String VARIABLE = "MEDUSA_HOOK";

    private static final Logger LOG = LoggerFactory.getLogger(Hooks.class);
    private static final JsonMapper JSON = new JsonMapper();
    private static final int FORMAT = 1;
    /** More than that does not fit into a pipe that nobody reads. */
    private static final int LONGEST = 4000;

    private final Map<Hook, List<String>> programs;
    private final Duration timeLimit;
    private final Clock clock;

    /** @param programs one element for each word; hooks without one are left out */
    public Hooks(Map<Hook, List<String>> programs, Duration timeLimit, Clock clock) {
        this.programs = Map.copyOf(programs);
        this.timeLimit = timeLimit;
        this.clock = clock;
    }

    /**
     * What a run is about.
     *
     * @param operation the command, such as {@code backup-cluster}
     * @param node on which it runs
     * @param backup empty for all
     */
    public record Subject(String operation, String node, String backup) {}

    /**
     * Runs work between its hooks.
     *
     * @param before which may refuse it
     * @param after which runs if it succeeds
     * @param result what to tell of the result; nothing if it is a failure, which has been reported to people already
     * @throws MedusaException of kind REFUSED if the program before it fails
     */
    public <T> T around(
            Hook before,
            Hook after,
            Subject subject,
            Supplier<T> work,
            Function<T, Optional<Map<String, Object>>> result) {
        if (programs.isEmpty()) {
            return work.get();
        }
        T value = orFailure(subject, () -> {
            run(before, subject, Map.of());
            return work.get();
        });
        Optional<Map<String, Object>> told = result.apply(value);
        try {
            if (told.isPresent()) {
                run(after, subject, told.get());
            } else {
                run(Hook.ON_FAILURE, subject, Map.of("error", error("incomplete", "some nodes failed")));
            }
        } catch (MedusaException interrupted) {
            // the work is done, whatever becomes of the program that tells of it
            LOG.warn("A hook after {} was interrupted", subject.operation());
        }
        return value;
    }

    /** Runs work, and the program for failures if it fails. */
    public <T> T orFailure(Subject subject, Supplier<T> work) {
        try {
            return work.get();
        } catch (RuntimeException failed) {
            // a signal has interrupted this thread: whoever is called out must still hear of it
            boolean interrupted = Thread.interrupted();
            try {
                run(Hook.ON_FAILURE, subject, Map.of("error", error(failed)));
            } catch (MedusaException again) {
                failed.addSuppressed(again);
            } finally {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
            }
            throw failed;
        }
    }

    private static Map<String, Object> error(RuntimeException failed) {
        return failed instanceof MedusaException known
                ? error(known.kind().name().toLowerCase(Locale.ROOT), String.valueOf(known.getMessage()))
                : error("internal", "an error in Medusa; see its log");
    }

    private static Map<String, Object> error(String kind, String message) {
        return new TreeMap<>(
                Map.of("kind", kind, "message", message.length() > LONGEST ? message.substring(0, LONGEST) : message));
    }

    /** Tells of findings of a verification. */
    public void findings(Subject subject, Map<String, Object> found) {
        run(Hook.ON_VERIFY_FINDING, subject, found);
    }

    private void run(Hook hook, Subject subject, Map<String, Object> more) {
        List<String> words = programs.get(hook);
        if (words == null) {
            return;
        }
        Map<String, Object> event = new LinkedHashMap<>();
        event.put("version", FORMAT);
        event.put("hook", hook.option());
        event.put("time", clock.instant().toString());
        event.put("operation", subject.operation());
        event.put("node", subject.node());
        event.put("backup", subject.backup());
        event.putAll(more);
        Map<String, String> variables = new TreeMap<>(Map.of(
                VARIABLE,
                hook.option(),
                "MEDUSA_HOOK_OPERATION",
                subject.operation(),
                "MEDUSA_HOOK_NODE",
                subject.node(),
                "MEDUSA_HOOK_BACKUP",
                subject.backup()));
        if (more.get("error") instanceof Map<?, ?> error) {
            variables.put("MEDUSA_HOOK_ERROR_KIND", String.valueOf(error.get("kind")));
            variables.put("MEDUSA_HOOK_ERROR", String.valueOf(error.get("message")));
        }
        LOG.debug("Running the {} hook", hook.option());
        new HookProgram(words, timeLimit).run(json(event), variables).ifPresent(failure -> {
            String message = "the " + hook.option() + " hook failed: " + failure;
            if (hook.isDeciding()) {
                throw new MedusaException(
                        FailureKind.REFUSED,
                        message + ". The " + (hook == Hook.BEFORE_BACKUP ? "backup" : "restore")
                                + " was not started, and nothing was changed");
            }
            LOG.warn("The {} hook failed: {}", hook.option(), failure);
        });
    }

    private static String json(Map<String, Object> event) {
        try {
            return JSON.writeValueAsString(event) + "\n";
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
