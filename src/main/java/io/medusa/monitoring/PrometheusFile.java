package io.medusa.monitoring;

import io.medusa.os.FileSystems;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The provider {@code prometheus}: a file in Prometheus' text format, as node exporter's textfile collector reads it. A run replaces
 * its own metrics, and keeps those of other commands.
 */
public final class PrometheusFile {
    private static final Logger LOG = LoggerFactory.getLogger(PrometheusFile.class);

    private PrometheusFile() {}

    /** A monitor for that file. */
    public static Monitor monitor(Path file, Source source) {
        return new Gauges<>(
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                source,
                registry -> merge(file, registry.scrape()));
    }

    private static void merge(Path file, String text) {
        try {
            Map<String, StringBuilder> families = new TreeMap<>();
            try {
                families.putAll(families(Files.readString(file)));
            } catch (NoSuchFileException | CharacterCodingException nothingToKeep) {
                // missing, or not a text file, which node exporter could not read either
                LOG.debug("", nothingToKeep);
            }
            families.putAll(families(text));
            StringBuilder all = new StringBuilder();
            families.values().forEach(all::append);
            FileSystems.replace(file, all.toString());
        } catch (IOException failed) {
            LOG.warn(
                    "Cannot write metrics to {}: {}. prometheus_file in [monitoring] must be in a directory that this"
                            + " user may write to",
                    file,
                    failed instanceof NoSuchFileException ? "its directory does not exist" : failed.toString());
        }
    }

    /** The lines of each metric including comments, by name. */
    private static Map<String, StringBuilder> families(String text) {
        Map<String, StringBuilder> families = new LinkedHashMap<>();
        for (String line : text.lines().toList()) {
            String[] words = line.split("[ {]", 4);
            String name = words[0].equals("#") && words.length > 2 ? words[2] : words[0];
            if (!name.isEmpty()) {
                families.computeIfAbsent(name, absent -> new StringBuilder())
                        .append(line)
                        .append('\n');
            }
        }
        return families;
    }
}
