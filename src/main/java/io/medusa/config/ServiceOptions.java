package io.medusa.config;

import io.medusa.model.WeeklyTime;
import io.medusa.os.PemFiles;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.format.TextStyle;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Reads the sections of what runs by itself: {@code [monitoring]}, {@code [grpc]} and {@code [kubernetes]}. */
record ServiceOptions(Values values, Map<String, String> environment, List<String> warnings) {
    MedusaConfig.Monitoring monitoring() {
        String provider = ConfigReader.oneOf(
                values,
                "monitoring",
                "monitoring_provider",
                List.of("None", "local", "dog-statsd", "prometheus", "otlp"));
        Optional<Path> file = values.nonEmpty("monitoring", "prometheus_file").map(Path::of);
        if (provider.equals("prometheus") && file.isEmpty()) {
            throw values.bad(
                    "monitoring",
                    "prometheus_file",
                    "name a file in the directory of node exporter's textfile collector, such as"
                            + " /var/lib/prometheus/node-exporter/medusa.prom");
        }
        return new MedusaConfig.Monitoring(
                provider,
                values.bool("monitoring", "send_backup_name_tag"),
                file,
                port("monitoring", "prometheus_port"),
                url(
                        "monitoring",
                        "otlp_url",
                        values.text("monitoring", "otlp_url").orElse("")));
    }

    private int port(String section, String option) {
        String text = values.text(section, option).orElse("").strip();
        if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) > 65535) {
            throw values.bad(section, option, "write a number from 0 to 65535");
        }
        return Integer.parseInt(text);
    }

    /** Also sets what follows from running in a pod. */
    MedusaConfig.Kubernetes kubernetes() {
        boolean enabled = values.bool("kubernetes", "enabled");
        Optional<URI> url = values.nonEmpty("kubernetes", "cassandra_url")
                .filter(text -> !text.equals("None"))
                .map(text -> url("kubernetes", "cassandra_url", text));
        if (enabled) {
            if (url.isEmpty()) {
                throw values.bad("kubernetes", "cassandra_url", "write the URL of the management API or of Jolokia");
            }
            if (values.isSet("cassandra", "use_sudo") && values.bool("cassandra", "use_sudo")) {
                warnings.add("use_sudo in [cassandra] does nothing in Kubernetes");
            }
            values.set("cassandra", "use_sudo", "False");
            values.set("storage", "use_sudo_for_restore", "False");
            Optional.ofNullable(environment.get("POD_IP"))
                    .filter(address -> !address.isEmpty())
                    .ifPresent(address -> values.set("storage", "fqdn", address));
        }
        return new MedusaConfig.Kubernetes(
                enabled, url, values.bool("kubernetes", "use_mgmt_api"), pemFiles("kubernetes"));
    }

    private URI url(String section, String option, String text) {
        try {
            URI url = new URI(text);
            if (("http".equals(url.getScheme()) || "https".equals(url.getScheme())) && url.getHost() != null) {
                return url;
            }
        } catch (URISyntaxException malformed) {
            // said below
        }
        throw values.bad(section, option, "write a URL that begins with http:// or https://");
    }

    private PemFiles pemFiles(String section) {
        return new PemFiles(
                values.nonEmpty(section, "ca_cert").map(Path::of),
                values.nonEmpty(section, "tls_cert").map(Path::of),
                values.nonEmpty(section, "tls_key").map(Path::of),
                "ca_cert, tls_cert and tls_key in [" + section + "]");
    }

    MedusaConfig.Grpc grpc() {
        PemFiles tls = pemFiles("grpc");
        // any of them means that TLS is wanted: a forgotten or misspelt one must not leave the service open
        if (tls.certificate().isPresent() || tls.key().isPresent() || tls.ca().isPresent()) {
            for (String option : List.of("tls_cert", "tls_key", "ca_cert")) {
                if (values.nonEmpty("grpc", option).isEmpty()) {
                    throw values.bad(
                            "grpc",
                            option,
                            "set all of tls_cert, tls_key and ca_cert, or none: with TLS, clients need a certificate, too");
                }
            }
        }
        return new MedusaConfig.Grpc(
                values.nonEmpty("grpc", "address"),
                port("grpc", "port"),
                messageLength("max_send_message_length"),
                messageLength("max_receive_message_length"),
                tls.certificate().isPresent() ? Optional.of(tls) : Optional.empty(),
                values.nonEmpty("grpc", "tls_server_name"),
                port("grpc", "report_port"),
                schedule(),
                spread());
    }

    private Map<String, WeeklyTime> schedule() {
        Map<String, WeeklyTime> schedule = new LinkedHashMap<>();
        for (String what : List.of("backup", "purge", "verify")) {
            String option = "schedule_" + what;
            values.nonEmpty("grpc", option)
                    .ifPresent(text -> schedule.put(
                            what,
                            weekly(text)
                                    .orElseThrow(() -> values.bad(
                                            "grpc",
                                            option,
                                            "write a time such as 01:00, or Sun 01:00 for one day of the week"))));
        }
        return schedule;
    }

    private static Optional<WeeklyTime> weekly(String text) {
        String[] words = text.strip().split("\\s+", -1);
        Optional<DayOfWeek> day = Optional.empty();
        if (words.length == 2) {
            day = Arrays.stream(DayOfWeek.values())
                    .filter(one ->
                            one.getDisplayName(TextStyle.SHORT, Locale.ROOT).equalsIgnoreCase(words[0])
                                    || one.name().equalsIgnoreCase(words[0]))
                    .findFirst();
        }
        boolean wellFormed = words.length == 1 || (words.length == 2 && day.isPresent());
        Optional<DayOfWeek> found = day;
        return wellFormed
                ? ConfigReader.time(words[words.length - 1]).map(time -> new WeeklyTime(found, time))
                : Optional.empty();
    }

    private int spread() {
        int minutes = values.integer("grpc", "schedule_spread_minutes");
        if (minutes < 0 || minutes > 1440) {
            throw values.bad("grpc", "schedule_spread_minutes", "write a number of minutes from 0 to 1440");
        }
        return minutes;
    }

    private int messageLength(String option) {
        int bytes = values.integer("grpc", option);
        if (bytes < 1) {
            throw values.bad("grpc", option, "write a number of bytes from 1");
        }
        return bytes;
    }
}
