package io.medusa.monitoring;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The provider {@code dog-statsd}: one UDP gauge for each metric (docs/compatibility.md 21). */
public final class Statsd implements Monitor {
    private static final Logger LOG = LoggerFactory.getLogger(Statsd.class);

    private final InetSocketAddress agent;
    private final boolean tagged;

    /** @param tagged whether the label is sent as the tag {@code backup_name} */
    public Statsd(InetSocketAddress agent, boolean tagged) {
        this.agent = agent;
        this.tagged = tagged;
    }

    @Override
    public void send(Measurement measurement) {
        measurement.metric().legacy().ifPresent(name -> send(name, measurement));
    }

    private void send(Metric.Legacy name, Measurement measurement) {
        String text = name.name() + "." + name.what() + ":" + measurement.value() + "|g"
                + (tagged ? "|#backup_name:" + measurement.label() : "");
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.send(new DatagramPacket(bytes, bytes.length, agent));
        } catch (IOException | IllegalArgumentException failed) {
            LOG.warn("Cannot send metric {} to {}: {}", name.what(), agent, failed.getMessage());
        }
    }
}
