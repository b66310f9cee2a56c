package io.medusa.config;

import io.medusa.model.WeeklyTimes;
import io.medusa.os.PemFiles;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** {@code [grpc]}: its options and how they are read. */
final class GrpcSection {
    static final Section SECTION = new Section("grpc");

    static final Option<Boolean> ENABLED = SECTION.option(
            "enabled", OptionType.BOOL, "False", "Accepted and ignored: medusa server runs the service in any case.");

    static final Option<String> ADDRESS = SECTION.option(
            "address", OptionType.TEXT, null, "Address to listen on. Default: all addresses.", "10.0.0.1");

    static final Option<Integer> PORT = SECTION.option(
            "port",
            OptionType.PORT,
            "50051",
            "Port to listen on; the same on all nodes for backup-cluster --via grpc.");

    static final Option<Integer> MAX_SEND_MESSAGE_LENGTH = SECTION.option(
            "max_send_message_length",
            OptionType.atLeast(1, "write a number of bytes from 1"),
            "536870912",
            "Largest message to send, in bytes.");

    static final Option<Integer> MAX_RECEIVE_MESSAGE_LENGTH = SECTION.option(
            "max_receive_message_length",
            OptionType.atLeast(1, "write a number of bytes from 1"),
            "134217728",
            "Largest message to receive, in bytes; limited to a sixteenth of the service's memory.");

    static final Option<Path> CA_CERT = SECTION.option(
            "ca_cert",
            OptionType.PATH,
            null,
            "CA certificates (PEM) for clients and for the other nodes' services.",
            "/etc/medusa/ca.pem");

    static final Option<Path> TLS_CERT = SECTION.option(
            "tls_cert",
            OptionType.PATH,
            null,
            "Certificate (PEM) of this service, also used as a client of the other nodes' services. Enables " + "TLS.",
            "/etc/medusa/service.pem");

    static final Option<Path> TLS_KEY = SECTION.option(
            "tls_key", OptionType.PATH, null, "Private key (PEM) of that certificate.", "/etc/medusa/service.key");

    static final Option<String> TLS_SERVER_NAME = SECTION.option(
            "tls_server_name",
            OptionType.TEXT,
            null,
            "Name in the certificates of the other nodes' services, if it is not each node's own name.",
            "medusa.example.com");

    static final Option<Integer> REPORT_PORT = SECTION.option(
            "report_port",
            OptionType.PORT,
            "0",
            "Port that serves an up-to-date report: over HTTPS to clients with a certificate, or without TLS"
                    + " on the loopback address only. 0: none.");

    static final Option<WeeklyTimes> SCHEDULE_BACKUP = SECTION.option(
            "schedule_backup",
            OptionType.WEEKLY_TIMES,
            null,
            "When backups are due, in UTC: 01:00 for every day, Sun 01:00 for one day of the week, *:30 for every "
                    + "hour, or several separated by commas. The service backs up then, and medusa backup "
                    + "--scheduled joins the round that began last (default there: 01:00).",
            "01:00");

    static final Option<WeeklyTimes> SCHEDULE_PURGE = SECTION.option(
            "schedule_purge", OptionType.WEEKLY_TIMES, null, "When the service runs a purge, in UTC.", "04:00");

    static final Option<WeeklyTimes> SCHEDULE_VERIFY = SECTION.option(
            "schedule_verify",
            OptionType.WEEKLY_TIMES,
            null,
            "When the service verifies a sample of all backups, in UTC, unless another node has.",
            "Sun 06:00");

    static final Option<Integer> SCHEDULE_SPREAD_MINUTES = SECTION.option(
            "schedule_spread_minutes",
            OptionType.range(0, 1440, "write a number of minutes from 0 to 1440"),
            "15",
            "Maximum delay of the service's scheduled jobs in minutes; each node has a fixed delay of its own, which "
                    + "changes no name.");

    private GrpcSection() {}

    static MedusaConfig.Grpc read(Values values) {
        PemFiles tls = new PemFiles(
                values.find(CA_CERT),
                values.find(TLS_CERT),
                values.find(TLS_KEY),
                "ca_cert, tls_cert and tls_key in [grpc]");
        // any of them means that TLS is wanted: a forgotten or misspelt one must not leave the service open
        if (tls.certificate().isPresent() || tls.key().isPresent() || tls.ca().isPresent()) {
            for (Option<Path> option : List.of(TLS_CERT, TLS_KEY, CA_CERT)) {
                if (values.find(option).isEmpty()) {
                    throw values.bad(
                            option,
                            "set all of tls_cert, tls_key and ca_cert, or none: with TLS, clients need a certificate,"
                                    + " too");
                }
            }
        }
        Map<MedusaConfig.ScheduledTask, WeeklyTimes> schedule = new EnumMap<>(MedusaConfig.ScheduledTask.class);
        values.find(SCHEDULE_BACKUP).ifPresent(time -> schedule.put(MedusaConfig.ScheduledTask.BACKUP, time));
        values.find(SCHEDULE_PURGE).ifPresent(time -> schedule.put(MedusaConfig.ScheduledTask.PURGE, time));
        values.find(SCHEDULE_VERIFY).ifPresent(time -> schedule.put(MedusaConfig.ScheduledTask.VERIFY, time));
        return new MedusaConfig.Grpc(
                values.find(ADDRESS),
                values.get(PORT),
                values.get(MAX_SEND_MESSAGE_LENGTH),
                values.get(MAX_RECEIVE_MESSAGE_LENGTH),
                tls.certificate().isPresent() ? Optional.of(tls) : Optional.empty(),
                values.find(TLS_SERVER_NAME),
                values.get(REPORT_PORT),
                schedule,
                values.get(SCHEDULE_SPREAD_MINUTES));
    }
}
