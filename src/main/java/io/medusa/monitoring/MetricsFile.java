package io.medusa.monitoring;

import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medusa.model.SpacedJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The provider {@code local}: one JSON line for each metric, appended to a file (docs/compatibility.md 21). */
public final class MetricsFile implements Monitor {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsFile.class);

    private final Path file;
    /** With the spaces that the Python Medusa writes. */
    private final ObjectWriter json = new JsonMapper().writer(new SpacedJson());

    private final AtomicInteger sequence = new AtomicInteger();

    /** @param file created when the first metric is sent */
    public MetricsFile(Path file) {
        this.file = file;
    }

    @Override
    public void send(Measurement measurement) {
        measurement.metric().legacy().ifPresent(name -> append(name, measurement));
    }

    private void append(Metric.Legacy name, Measurement measurement) {
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        line.put("seq", sequence.getAndIncrement());
        line.putArray("tags").add(name.name()).add(name.what()).add(measurement.label());
        line.putPOJO("value", measurement.value());
        try {
            Files.writeString(
                    file, json.writeValueAsString(line) + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException failed) {
            LOG.warn("Cannot write metric {} to {}: {}", name.what(), file, failed.getMessage());
        }
    }
}
