package io.medusa.config;

import io.medusa.model.NodeName;
import io.medusa.model.Round;
import io.medusa.model.Secret;
import io.medusa.model.TableScope;
import io.medusa.model.WeeklyTimes;
import io.medusa.os.PemFiles;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalTime;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** The whole configuration after all sources have been read; one record for each section. */
public record MedusaConfig(
        Storage storage,
        Cassandra cassandra,
        Ssh ssh,
        Checks checks,
        Monitoring monitoring,
        Logging logging,
        Grpc grpc,
        Kubernetes kubernetes,
        Hooks hooks) {

    /**
     * {@code [storage]}.
     *
     * @param prefix first segment of all keys, empty for none
     * @param concurrentTransfers nothing for automatic
     * @param bandwidth of all transfers together, in bytes a second; nothing for no limit
     * @param finishBy when a backup is to be done, at the earliest if it can
     * @param scope which tables are backed up unless the command line says so
     */
    public record Storage(
            StorageTarget target,
            String prefix,
            NodeName fqdn,
            OptionalInt concurrentTransfers,
            OptionalLong bandwidth,
            Optional<LocalTime> finishBy,
            boolean useSudoForRestore,
            TableScope scope,
            String hostFileSeparator,
            Retention retention) {}

    /**
     * The options of {@code [storage]} that say what purge lets go.
     *
     * @param maxAgeDays 0 for no limit, as for all of them but the grace period
     * @param graceDays data objects that are younger are never deleted
     */
    public record Retention(
            int maxAgeDays,
            int maxCount,
            int graceDays,
            int keepHourly,
            int keepDaily,
            int keepWeekly,
            int keepMonthly,
            int keepYearly) {}

    /**
     * {@code [cassandra]}.
     *
     * @param startCommand and {@code stopCommand}: one element for each word
     * @param cqlUser and {@code cqlPassword}: both or none
     * @param useSudo for what is run on other nodes
     */
    public record Cassandra(
            Path configFile,
            List<String> startCommand,
            List<String> stopCommand,
            boolean ccm,
            Optional<String> cqlUser,
            Optional<Secret> cqlPassword,
            Optional<Path> caCertificates,
            Optional<Path> clientCertificate,
            Optional<Path> clientKey,
            Nodetool nodetool,
            boolean resolveAddresses,
            boolean useSudo,
            Path sstableLoader) {}

    /**
     * The {@code nodetool_*} options of {@code [cassandra]}: how to reach the node's JMX.
     *
     * @param executable only where the file asks for the program
     */
    public record Nodetool(
            Optional<String> executable,
            List<String> flags,
            boolean tls,
            Optional<String> user,
            Optional<Secret> password,
            Optional<Path> passwordFile,
            Optional<String> host,
            OptionalInt port) {}

    /**
     * {@code [ssh]}; what is left out comes from the user's own configuration of SSH.
     *
     * @param hostKeys what to do about unknown keys of hosts
     */
    public record Ssh(
            Optional<String> username,
            OptionalInt port,
            Optional<Path> keyFile,
            Optional<Path> certificateFile,
            boolean usePty,
            int keepAliveSeconds,
            boolean loginShell,
            HostKeys hostKeys) {}

    /** {@code [checks]}. */
    public record Checks(
            HealthCheck healthCheck, String query, int expectedRows, String expectedResult, boolean enableMd5Checks) {}

    /**
     * {@code [monitoring]}.
     *
     * @param prometheusFile of the provider {@code prometheus}, which has one
     * @param prometheusPort on which the service offers it, 0 for none
     * @param cluster the name of the cluster in metrics; empty for the one in cassandra.yaml
     */
    public record Monitoring(
            MonitoringProvider provider,
            boolean sendBackupNameTag,
            Optional<Path> prometheusFile,
            int prometheusPort,
            URI otlpUrl,
            Optional<String> cluster) {}

    /**
     * {@code [grpc]}.
     *
     * @param address to listen on; nothing for all
     * @param port to listen on, and to reach other nodes' services on
     * @param maxSend bytes of the largest message that the service sends; and so on
     * @param tls of the service, and of this node as a client of others'; nothing for plain text
     * @param serverName that the certificates of other nodes' services have; nothing for the name of each node
     * @param reportPort of the page, 0 for none
     * @param schedule what the service does by itself
     */
    public record Grpc(
            Optional<String> address,
            int port,
            int maxSend,
            int maxReceive,
            Optional<PemFiles> tls,
            Optional<String> serverName,
            int reportPort,
            Map<ScheduledTask, WeeklyTimes> schedule,
            int spreadMinutes) {
        /** When backups are due that others than the service start. */
        public WeeklyTimes backupSchedule() {
            return configuredBackupSchedule().orElse(Round.NIGHTLY);
        }

        /** The same; empty if it is not configured. */
        public Optional<WeeklyTimes> configuredBackupSchedule() {
            return Optional.ofNullable(schedule.get(ScheduledTask.BACKUP));
        }
    }

    /**
     * {@code [kubernetes]}.
     *
     * @param enabled whether the node runs in a pod: then nothing is started, stopped or done by sudo
     * @param url of the Management API or of Jolokia
     * @param managementApi whether it is the URL of the Management API
     * @param pod the name of this pod, if the environment has it
     * @param tls for {@code https}, what is trusted and who we are
     */
    public record Kubernetes(
            boolean enabled, Optional<URI> url, boolean managementApi, Optional<NodeName> pod, PemFiles tls) {}

    /**
     * {@code [hooks]}.
     *
     * @param programs by option, one element for each word; those that are not set are left out
     */
    public record Hooks(Map<String, List<String>> programs, Duration timeLimit) {}

    /**
     * {@code [logging]}.
     *
     * @param format in Python's percent style
     */
    public record Logging(boolean enabled, Path file, String level, String format, long maxBytes, int backupCount) {}

    /** What happens with a host whose key is in no {@code known_hosts}. */
    public enum HostKeys implements OptionType.Word {
        /** It is rejected. */
        STRICT,
        /** Its key is added. */
        ACCEPT_NEW,
        /** Nothing is checked. */
        OFF
    }

    /** What must respond after a restore. */
    public enum HealthCheck implements OptionType.Word {
        /** The CQL port. */
        CQL,
        /** The Thrift port. */
        THRIFT,
        /** Both. */
        ALL
    }

    /** Where metrics go. */
    public enum MonitoringProvider implements OptionType.Word {
        /** Nowhere. */
        NONE,
        /** A file in the working directory. */
        LOCAL,
        /** An agent of Datadog, over UDP. */
        DOG_STATSD,
        /** A file for node exporter's textfile collector. */
        PROMETHEUS,
        /** An OpenTelemetry collector. */
        OTLP;

        @Override
        public String word() {
            return this == NONE ? "None" : OptionType.Word.super.word();
        }
    }

    /** What the service does on a schedule. */
    public enum ScheduledTask {
        /** Back up this node. */
        BACKUP,
        /** Delete expired backups. */
        PURGE,
        /** Verify all backups. */
        VERIFY
    }
}
