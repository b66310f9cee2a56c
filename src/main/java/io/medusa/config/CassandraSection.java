package io.medusa.config;

import io.medusa.error.MedusaException;
import io.medusa.model.Secret;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** {@code [cassandra]}: its options and how they are read. */
final class CassandraSection {
    static final Section SECTION = new Section("cassandra");

    static final Option<Path> CONFIG_FILE = SECTION.option(
            "config_file", OptionType.PATH, "/etc/cassandra/cassandra.yaml", "The node's cassandra.yaml.");

    static final Option<List<String>> START_CMD = SECTION.option(
            "start_cmd",
            OptionType.WORDS,
            "sudo service cassandra start",
            "Command that starts Cassandra, split into words as a shell would.");

    static final Option<List<String>> STOP_CMD = SECTION.option(
            "stop_cmd",
            OptionType.WORDS,
            "sudo service cassandra stop",
            "Command that stops Cassandra, split into words as a shell would.");

    static final Option<String> CHECK_RUNNING =
            SECTION.option("check_running", OptionType.TEXT, "nodetool version", "Accepted and ignored.");

    static final Option<Integer> IS_CCM =
            SECTION.option("is_ccm", OptionType.INTEGER, "0", "1: this node is node1 of the current ccm cluster.");

    static final Option<String> CQL_USERNAME = SECTION.option(
            "cql_username",
            OptionType.TEXT,
            null,
            "CQL user. Used only together with cql_password. Prefer the variables MEDUSA_CQL_USERNAME and "
                    + "MEDUSA_CQL_PASSWORD.",
            "medusa");

    static final Option<Secret> CQL_PASSWORD = SECTION.secret("cql_password", "CQL password.", "secret");

    static final Option<Path> CQL_K8S_SECRETS_PATH = SECTION.option(
            "cql_k8s_secrets_path",
            OptionType.PATH,
            null,
            "Directory with the files username and password for CQL.",
            "/etc/medusa-secrets/cql");

    static final Option<Path> NODETOOL_K8S_SECRETS_PATH = SECTION.option(
            "nodetool_k8s_secrets_path",
            OptionType.PATH,
            null,
            "Directory with the files username and password for JMX.",
            "/etc/medusa-secrets/jmx");

    static final Option<Path> NODETOOL_EXECUTABLE = SECTION.option(
            "nodetool_executable",
            OptionType.PATH,
            null,
            "Create snapshots with this nodetool program. Default: over JMX, without starting a program.",
            "nodetool");

    static final Option<String> NODETOOL_FLAGS = SECTION.option(
            "nodetool_flags",
            OptionType.TEXT,
            "-Dcom.sun.jndi.rmiURLParsing=legacy",
            "Flags for nodetool. -D flags apply to JMX connections, too.");

    static final Option<Boolean> NODETOOL_SSL =
            SECTION.option("nodetool_ssl", OptionType.BOOL, "False", "Connect to JMX over TLS.");

    static final Option<String> NODETOOL_USERNAME =
            SECTION.option("nodetool_username", OptionType.TEXT, null, "JMX user.", "medusa");

    static final Option<Secret> NODETOOL_PASSWORD = SECTION.secret("nodetool_password", "JMX password.", "secret");

    static final Option<Path> NODETOOL_PASSWORD_FILE_PATH = SECTION.option(
            "nodetool_password_file_path",
            OptionType.PATH,
            null,
            "File with lines 'user password' for JMX.",
            "/etc/medusa/jmxremote.password");

    static final Option<String> NODETOOL_HOST =
            SECTION.option("nodetool_host", OptionType.TEXT, null, "JMX host. Default: 127.0.0.1.", "127.0.0.1");

    static final Option<Integer> NODETOOL_PORT = SECTION.option(
            "nodetool_port",
            OptionType.range(1, 65_535, "write a port between 1 and 65535"),
            null,
            "JMX port. Default: 7199.",
            "7199");

    static final Option<Path> CERTFILE = SECTION.option(
            "certfile", OptionType.PATH, null, "CA certificates (PEM) for CQL. Enables TLS.", "/etc/medusa/ca.pem");

    static final Option<Path> USERCERT = SECTION.option(
            "usercert", OptionType.PATH, null, "Client certificate (PEM) for CQL.", "/etc/medusa/client.pem");

    static final Option<Path> USERKEY =
            SECTION.option("userkey", OptionType.PATH, null, "Client key (PEM) for CQL.", "/etc/medusa/client.key");

    static final Option<Path> SSTABLELOADER_BIN =
            SECTION.option("sstableloader_bin", OptionType.PATH, "sstableloader", "The sstableloader program.");

    static final Option<Path> SSTABLELOADER_TS = SECTION.option(
            "sstableloader_ts", OptionType.PATH, null, "Accepted and ignored.", "/etc/medusa/truststore.jks");

    static final Option<Secret> SSTABLELOADER_TSPW =
            SECTION.option("sstableloader_tspw", OptionType.SECRET, null, "Accepted and ignored.", "secret");

    static final Option<Path> SSTABLELOADER_KS = SECTION.option(
            "sstableloader_ks", OptionType.PATH, null, "Accepted and ignored.", "/etc/medusa/keystore.jks");

    static final Option<Secret> SSTABLELOADER_KSPW =
            SECTION.option("sstableloader_kspw", OptionType.SECRET, null, "Accepted and ignored.", "secret");

    static final Option<Boolean> RESOLVE_IP_ADDRESSES = SECTION.option(
            "resolve_ip_addresses",
            OptionType.BOOL,
            "True",
            "Name nodes by host names (True) or by addresses (False).");

    static final Option<Boolean> USE_SUDO =
            SECTION.option("use_sudo", OptionType.BOOL, "True", "Run commands on other hosts with sudo.");

    private CassandraSection() {}

    static MedusaConfig.Cassandra read(Values values, List<String> warnings) {
        Optional<String> user = values.find(CQL_USERNAME);
        Optional<Secret> password = values.find(CQL_PASSWORD);
        boolean both = user.isPresent() && password.isPresent();
        return new MedusaConfig.Cassandra(
                values.get(CONFIG_FILE),
                values.get(START_CMD),
                values.get(STOP_CMD),
                values.get(IS_CCM) == 1,
                both ? user : Optional.empty(),
                both ? password : Optional.empty(),
                values.find(CERTFILE),
                values.find(USERCERT),
                values.find(USERKEY),
                nodetool(values, warnings),
                values.get(RESOLVE_IP_ADDRESSES),
                values.get(USE_SUDO),
                values.get(SSTABLELOADER_BIN));
    }

    private static MedusaConfig.Nodetool nodetool(Values values, List<String> warnings) {
        return new MedusaConfig.Nodetool(
                values.find(NODETOOL_EXECUTABLE).map(Path::toString),
                values.isEmptied(NODETOOL_FLAGS)
                        ? List.of()
                        : List.of(values.get(NODETOOL_FLAGS).split(" ", -1)),
                tls(values, warnings),
                values.find(NODETOOL_USERNAME),
                values.find(NODETOOL_PASSWORD),
                values.find(NODETOOL_PASSWORD_FILE_PATH),
                values.find(NODETOOL_HOST),
                values.find(NODETOOL_PORT).map(OptionalInt::of).orElse(OptionalInt.empty()));
    }

    /** What is no boolean means no TLS, as it does to the Python Medusa. */
    private static boolean tls(Values values, List<String> warnings) {
        try {
            return values.get(NODETOOL_SSL);
        } catch (MedusaException malformed) {
            warnings.add(malformed.getMessage() + ". Connecting to JMX without TLS");
            return false;
        }
    }
}
