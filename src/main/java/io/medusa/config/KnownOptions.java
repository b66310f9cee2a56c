package io.medusa.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rows of {@link KnownOption#ALL}. */
final class KnownOptions {
    private final List<KnownOption> rows = new ArrayList<>();
    private String section = "";

    private KnownOptions() {}

    static List<KnownOption> all() {
        KnownOptions table = new KnownOptions();
        table.storage();
        table.cassandra();
        table.ssh();
        table.rest();
        return List.copyOf(table.rows);
    }

    private void section(String name) {
        section = name;
    }

    private void add(String name, @Nullable String fallback, String meaning) {
        rows.add(new KnownOption(section, name, fallback, meaning));
    }

    private void storage() {
        section("storage");
        add(
                "storage_provider",
                null,
                "Which kind of store holds the bucket: local, s3, s3_<region>, s3_compatible, s3_rgw, ibm_storage, google_storage"
                        + " or azure_blobs. Required.");
        add("bucket_name", null, "Name of the bucket, for local of the directory. Required; no slash.");
        add("base_path", null, "local: the directory that holds the bucket's directory.");
        add("key_file", null, "File with the credentials for the store.");
        add(
                "prefix",
                null,
                "First segment of all keys, so that several clusters can share a bucket; no slash, and not of a single"
                        + " character, which is ignored.");
        add("fqdn", null, "Name of this node in the bucket; by default the system's fully qualified host name.");
        add("storage_class", null, "Storage class or tier of uploaded objects.");
        add("host_file_separator", ",", "Separator in the lines of a --host-list file.");
        add("max_backup_age", "0", "purge: remove backups older than so many days; 0 is off.");
        add("max_backup_count", "0", "purge: keep at most so many backups; 0 is off.");
        add("backup_grace_period_in_days", "10", "purge: never delete data objects younger than so many days.");
        for (String period : List.of("hour", "day", "week", "month", "year")) {
            add(
                    "keep_" + (period.equals("day") ? "dai" : period) + "ly",
                    "0",
                    "purge: keep the newest backup of each of the last so many " + period
                            + "s that have one, whatever max_backup_age and max_backup_count say; 0 is off.");
        }
        add("api_profile", "", "Profile in the credentials file.");
        add("region", "default", "Region of the bucket.");
        add(
                "transfer_max_bandwidth",
                "50MB/s",
                "Most that this node moves in a second, in and out; empty is no limit. For local only if it is set.");
        add(
                "concurrent_transfers",
                "auto",
                "How many files move at once; auto finds out what the store and the machine can take.");
        add(
                "finish_by",
                null,
                "HH:MM: backups upload no faster than needed to finish by that local time, but at 1 MB/s at least; within"
                        + " transfer_max_bandwidth.");
        add("multi_part_upload_threshold", "20MB", "Files of this size and more go up in parts.");
        add("multipart_chunksize", "50MB", "Size of a part.");
        add("multipart_max_concurrency", "4", "How many parts of a file move at once.");
        add("host", null, "Host of the store's endpoint.");
        add("port", null, "Port of the store's endpoint.");
        add("secure", "True", "Whether the endpoint speaks https.");
        add("ssl_verify", "True", "Whether the endpoint's certificate is checked.");
        add("ca_cert", null, "Authorities (PEM) to check it against instead of the machine's own.");
        add("s3_addressing_style", "auto", "auto, path or virtual.");
        add("kms_id", null, "Key id for server-side encryption with KMS.");
        add("sse_c_key", null, "Key for server-side encryption with a customer's key, base64.");
        add("read_timeout", "60", "Seconds to wait for an answer of the store before asking again.");
        add(
                "backup_keyspaces",
                null,
                "Back up only keyspaces that match one of these patterns, separated by commas; ! in front leaves out, the"
                        + " last match decides. By default all.");
        add("backup_tables", null, "The same with patterns keyspace.table; they come after backup_keyspaces.");
        add("use_sudo_for_restore", "True", "Whether restore may use sudo where this user lacks the right.");
        add("aws_cli_path", "aws", "Accepted, not used.");
        add("k8s_mode", null, "Accepted, not used.");
    }

    private void cassandra() {
        section("cassandra");
        add("config_file", "/etc/cassandra/cassandra.yaml", "The node's cassandra.yaml.");
        add("start_cmd", "sudo service cassandra start", "Command that starts Cassandra; split like shell words.");
        add("stop_cmd", "sudo service cassandra stop", "Command that stops Cassandra; split like shell words.");
        add("check_running", "nodetool version", "Accepted, not used.");
        add("is_ccm", "0", "1: the node is node1 of the current ccm cluster.");
        add("cql_username", null, "CQL user; used if the password is there too.");
        add("cql_password", null, "CQL password.");
        add("cql_k8s_secrets_path", null, "Directory with files username and password for CQL.");
        add("nodetool_k8s_secrets_path", null, "Directory with files username and password for JMX.");
        add(
                "nodetool_executable",
                null,
                "If set, snapshots are made by this program; else over JMX without starting one.");
        add(
                "nodetool_flags",
                "-Dcom.sun.jndi.rmiURLParsing=legacy",
                "Flags for that program; -D flags also count for JMX.");
        add("nodetool_ssl", null, "true: JMX over TLS.");
        add("nodetool_username", null, "JMX user.");
        add("nodetool_password", null, "JMX password.");
        add("nodetool_password_file_path", null, "File with lines 'user password' for JMX.");
        add("nodetool_host", null, "JMX host; by default 127.0.0.1.");
        add("nodetool_port", null, "JMX port; by default 7199.");
        add("certfile", null, "CA certificates (PEM) for CQL; switches TLS on.");
        add("usercert", null, "Client certificate (PEM) for CQL.");
        add("userkey", null, "Client key (PEM) for CQL.");
        add("sstableloader_bin", "sstableloader", "The sstableloader program.");
        add("sstableloader_ts", null, "Its trust store.");
        add("sstableloader_tspw", null, "Password of its trust store.");
        add("sstableloader_ks", null, "Its key store.");
        add("sstableloader_kspw", null, "Password of its key store.");
        add("resolve_ip_addresses", "True", "Whether nodes are named by host names instead of addresses.");
        add("use_sudo", "True", "Whether commands on other hosts run through sudo.");
    }

    private void ssh() {
        section("ssh");
        add(
                "username",
                null,
                "User on the other hosts; by default that of ~/.ssh/config, then the one that runs medusa.");
        add("key_file", "", "Private key.");
        add("port", "22", "Port.");
        add("cert_file", "", "Certificate of the key.");
        add("use_pty", "False", "Whether to ask for a terminal.");
        add("keepalive_seconds", "60", "Interval of keep-alive messages.");
        add("login_shell", "False", "Whether commands run in a login shell.");
        add(
                "host_keys",
                "strict",
                "What happens with a host that is in no known_hosts: strict refuses it, accept-new writes its key down, off checks"
                        + " nothing. A key that has changed is refused but by off.");
    }

    private void rest() {
        section("checks");
        add("health_check", "cql", "What must answer after a restore: cql, thrift or all.");
        add("query", "", "CQL query to run after a restore.");
        add("expected_rows", "0", "Rows that the query must give; 0 is not checked.");
        add("expected_result", "", "First row that the query must give, values joined by commas.");
        add("enable_md5_checks", "false", "Compare content by hash in backup and verify.");
        add("md5_check_concurrency", "1", "How many files are hashed at once.");
        section("monitoring");
        add("monitoring_provider", "None", "Where metrics go: None, local, dog-statsd, prometheus or otlp.");
        add("send_backup_name_tag", "False", "dog-statsd: tag metrics with the backup's name.");
        add("prometheus_file", null, "prometheus: the file for node exporter's textfile collector.");
        add(
                "prometheus_port",
                "0",
                "prometheus: the service offers the same at /metrics on this port; 0 for not at all.");
        add("otlp_url", "http://localhost:4318/v1/metrics", "otlp: the collector.");
        section("logging");
        add("enabled", "false", "Whether to log to a file as well.");
        add("file", "medusa.log", "The log file.");
        add("level", "INFO", "Its level: DEBUG, INFO, WARNING, ERROR or CRITICAL.");
        add("format", "[%(asctime)s] %(levelname)s: %(message)s", "Its line format.");
        add("maxBytes", "20000000", "Size at which it is rotated.");
        add("backupCount", "50", "How many rotated files are kept.");
        section("grpc");
        add("enabled", "False", "Whether the service runs.");
        add("address", null, "Address of this machine that it listens on; all of them by default.");
        add("port", "50051", "Its port, the same on all nodes for backup-cluster --via grpc.");
        add("max_send_message_length", "536870912", "Largest message it sends, bytes.");
        add(
                "max_receive_message_length",
                "134217728",
                "Largest message it takes, bytes; at most a sixteenth of its memory.");
        add("ca_cert", null, "CA of its clients, and of the other nodes' services.");
        add("tls_cert", null, "Its certificate, also as a client of the other nodes' services; switches TLS on.");
        add("tls_key", null, "Its key.");
        add(
                "tls_server_name",
                null,
                "Name in the certificates of the other nodes' services, if not that of each node.");
        add(
                "report_port",
                "0",
                "Port of the page that medusa report makes, always fresh: by HTTPS for clients with a certificate, or"
                        + " without TLS on the loopback address only. 0 for none.");
        add(
                "schedule_backup",
                null,
                "When the service backs up, by the local time: 01:00 for every day, Sun 01:00 for a day of the week.");
        add("schedule_purge", null, "When it purges.");
        add("schedule_verify", null, "When it verifies all backups.");
        add("schedule_spread_minutes", "15", "So much later at most, each node by an amount of its own.");
        section("kubernetes");
        add("enabled", "False", "Whether the node runs in Kubernetes.");
        add("cassandra_url", "None", "URL of the management API or of Jolokia.");
        add("use_mgmt_api", "False", "Whether that is the management API.");
        add("ca_cert", "", "CA of that URL.");
        add("tls_cert", "", "Client certificate for that URL.");
        add("tls_key", "", "Client key for that URL.");
    }
}
