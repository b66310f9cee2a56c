package io.medusa.cassandra;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.SystemKeyspaces;
import io.medusa.os.HostNames;
import io.medusa.os.IpAddresses;
import io.medusa.os.SmallFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/**
 * The settings of {@code cassandra.yaml} that matter here, in the spellings of Cassandra 4.0 to 5.0 (docs/compatibility.md 2.7).
 *
 * @param seeds hosts, without ports; none where the file does not name them
 * @param dataDirectories in the order of the file; none where it does not name them, which leaves them to
 *     {@link #below}
 * @param systemDataDirectory where the local system keyspaces live, if not in the first data directory
 * @param directories the other directories that are named or have been found
 * @param accord whether the node keeps a journal of Accord transactions (Cassandra 6)
 */
public record CassandraYaml(
        Path file,
        Optional<String> clusterName,
        List<Path> dataDirectories,
        Optional<Path> systemDataDirectory,
        Directories directories,
        Optional<String> listenAddress,
        Optional<String> rpcAddress,
        Optional<String> broadcastRpcAddress,
        Optional<String> listenInterface,
        Optional<String> rpcInterface,
        int nativePort,
        int storagePort,
        boolean clientEncryption,
        List<String> seeds,
        boolean accord) {
    /** The default name of the data directory, below the storage directory. */
    static final String DATA = "data";

    private static final String COMMIT_LOG = "commitlog";
    private static final String SAVED_CACHES = "saved_caches";
    private static final String HINTS = "hints";
    private static final String CDC_RAW = "cdc_raw";
    private static final String ACCORD_JOURNAL = "accord_journal";
    private static final Set<String> TRUE = Set.of("true", "yes", "on");
    /** After a host name or an IPv4 address, or after an IPv6 address in brackets. */
    private static final Pattern PORT = Pattern.compile("^(?:\\[([^]]*)](?::[0-9]+)?|([^:]*):[0-9]+)$");

    private static final Set<String> SPLIT_SYSTEM_TABLES =
            Set.of("batches", "paxos", "compaction_history", "prepared_statements", "repairs");

    /** Directories that are not for tables: those that the file names, or that have been found otherwise. */
    public record Directories(
            Optional<Path> commitLog,
            Optional<Path> savedCaches,
            Optional<Path> hints,
            Optional<Path> cdcRaw,
            Optional<Path> accordJournal) {
        /** These directories, with unknown ones filled in from others. */
        Directories or(Directories others) {
            return new Directories(
                    commitLog.or(others::commitLog),
                    savedCaches.or(others::savedCaches),
                    hints.or(others::hints),
                    cdcRaw.or(others::cdcRaw),
                    accordJournal.or(others::accordJournal));
        }
    }

    public CassandraYaml {
        dataDirectories = List.copyOf(dataDirectories);
        seeds = List.copyOf(seeds);
    }

    /** Reads the file. */
    public static CassandraYaml read(Path file) {
        try (InputStream in = new ByteArrayInputStream(SmallFiles.bytes(file))) {
            Object root = new Load(LoadSettings.builder()
                            .setLabel(file.toString())
                            .setAllowDuplicateKeys(true)
                            .build())
                    .loadFromInputStream(in);
            if (root instanceof Map<?, ?> map) {
                return of(file, map);
            }
            // it is being written, or its disk was full: the defaults would be the wrong directories
            throw unreadable(file, "it is empty or holds no settings", new IOException("no mapping"));
        } catch (NoSuchFileException absent) {
            throw unreadable(file, "it does not exist", absent);
        } catch (YamlEngineException malformed) {
            throw unreadable(
                    file,
                    "it is not valid YAML: "
                            + String.valueOf(malformed.getMessage())
                                    .lines()
                                    .findFirst()
                                    .orElse(""),
                    malformed);
        } catch (InvalidPathException notAPath) {
            throw unreadable(file, "it names a path that is none: " + notAPath.getReason(), notAPath);
        } catch (IOException failed) {
            throw unreadable(file, "user " + System.getProperty("user.name") + " cannot read it", failed);
        }
    }

    private static MedusaException unreadable(Path file, String why, Throwable cause) {
        return new MedusaException(
                FailureKind.LOCAL_FILE,
                "cassandra.yaml " + file + " cannot be used: " + why + "; set config_file in [cassandra]",
                cause);
    }

    private static CassandraYaml of(Path file, Map<?, ?> yaml) {
        boolean client = map(yaml, "client_encryption_options")
                .flatMap(options -> text(options, "enabled"))
                .filter(CassandraYaml::isTrue)
                .isPresent();
        String internode = map(yaml, "server_encryption_options")
                .flatMap(options -> text(options, "internode_encryption"))
                .orElse("none");
        Optional<Integer> nativePort = number(yaml, "native_transport_port");
        int clientPort = client
                ? number(yaml, "native_transport_port_ssl").or(() -> nativePort).orElse(9142)
                : nativePort.orElse(9042);
        int storagePort = number(yaml, "storage_port").orElse(7000);
        return new CassandraYaml(
                file,
                text(yaml, "cluster_name"),
                dataDirectories(yaml),
                text(yaml, "local_system_data_file_directory").map(Path::of),
                new Directories(
                        path(yaml, "commitlog_directory"),
                        path(yaml, "saved_caches_directory"),
                        path(yaml, "hints_directory"),
                        path(yaml, "cdc_raw_directory"),
                        map(yaml, "accord").flatMap(accord -> path(accord, "journal_directory"))),
                text(yaml, "listen_address"),
                text(yaml, "rpc_address"),
                text(yaml, "broadcast_rpc_address"),
                text(yaml, "listen_interface"),
                text(yaml, "rpc_interface"),
                clientPort,
                internode.equalsIgnoreCase("none")
                        ? storagePort
                        : number(yaml, "ssl_storage_port")
                                .filter(port -> internodeUsesLegacyPort(yaml))
                                .orElse(storagePort),
                client,
                seeds(yaml),
                map(yaml, "accord")
                        .flatMap(accord -> text(accord, "enabled"))
                        .filter(CassandraYaml::isTrue)
                        .isPresent());
    }

    /** Of the first seed provider, if it is one that names them in the file (docs/compatibility.md 2.7); without ports. */
    private static List<String> seeds(Map<?, ?> yaml) {
        if (yaml.get("seed_provider") instanceof List<?> providers
                && !providers.isEmpty()
                && providers.get(0) instanceof Map<?, ?> provider
                && text(provider, "class_name").orElse("").endsWith("SimpleSeedProvider")
                && provider.get("parameters") instanceof List<?> parameters
                && !parameters.isEmpty()
                && parameters.get(0) instanceof Map<?, ?> first) {
            return Arrays.stream(text(first, "seeds").orElse("").split(",", -1))
                    .map(seed -> PORT.matcher(seed.strip()).replaceFirst("$1$2"))
                    .map(IpAddresses::canonical)
                    .filter(seed -> !seed.isEmpty())
                    .toList();
        }
        return List.of();
    }

    /** From 4.0 on, encrypted traffic between nodes uses the storage port unless the legacy port is enabled. */
    private static boolean internodeUsesLegacyPort(Map<?, ?> yaml) {
        return map(yaml, "server_encryption_options")
                .flatMap(options -> text(options, "legacy_ssl_storage_port_enabled")
                        .or(() -> text(options, "enable_legacy_ssl_storage_port")))
                .filter(CassandraYaml::isTrue)
                .isPresent();
    }

    /** As Cassandra's parser reads it, which follows YAML 1.1; ours follows 1.2 and leaves these words text. */
    private static boolean isTrue(String value) {
        return TRUE.contains(value.toLowerCase(Locale.ROOT));
    }

    private static List<Path> dataDirectories(Map<?, ?> yaml) {
        List<Path> paths = new ArrayList<>();
        if (yaml.get("data_file_directories") instanceof List<?> list) {
            list.stream().filter(entry -> entry != null).forEach(entry -> paths.add(Path.of(String.valueOf(entry))));
        } else {
            text(yaml, "data_file_directories").map(Path::of).ifPresent(paths::add);
        }
        return paths;
    }

    /** The same node with the directories that it reports, which command-line options may have moved. */
    public CassandraYaml at(CassandraService.Locations locations) {
        CassandraYaml told = with(
                dataDirectories.isEmpty() ? List.copyOf(locations.data()) : dataDirectories,
                new Directories(
                        Optional.of(locations.commitLog()),
                        Optional.of(locations.savedCaches()),
                        directories.hints(),
                        directories.cdcRaw(),
                        directories.accordJournal()));
        return locations.storage().map(told::below).orElse(told);
    }

    /** The same node with every unnamed directory at its default below the storage directory. */
    public CassandraYaml below(Path storage) {
        return with(
                dataDirectories.isEmpty() ? List.of(storage.resolve(DATA)) : dataDirectories,
                directories.or(new Directories(
                        Optional.of(storage.resolve(COMMIT_LOG)),
                        Optional.of(storage.resolve(SAVED_CACHES)),
                        Optional.of(storage.resolve(HINTS)),
                        Optional.of(storage.resolve(CDC_RAW)),
                        Optional.of(storage.resolve(ACCORD_JOURNAL)))));
    }

    /** The same node with unnamed directories filled in from another source. */
    public CassandraYaml orAt(Directories others) {
        return with(dataDirectories, directories.or(others));
    }

    private CassandraYaml with(List<Path> data, Directories others) {
        return new CassandraYaml(
                file,
                clusterName,
                data,
                systemDataDirectory,
                others,
                listenAddress,
                rpcAddress,
                broadcastRpcAddress,
                listenInterface,
                rpcInterface,
                nativePort,
                storagePort,
                clientEncryption,
                seeds,
                accord);
    }

    /** The names below Cassandra's storage directory of the directories that a restore needs and the file does not name. */
    Set<String> unnamed() {
        Set<String> names = new LinkedHashSet<>();
        if (dataDirectories.isEmpty()) {
            names.add(DATA);
        }
        if (directories.commitLog().isEmpty()) {
            names.add(COMMIT_LOG);
        }
        if (directories.savedCaches().isEmpty()) {
            names.add(SAVED_CACHES);
        }
        if (directories.hints().isEmpty()) {
            names.add(HINTS);
        }
        if (accord && directories.accordJournal().isEmpty()) {
            names.add(ACCORD_JOURNAL);
        }
        return names;
    }

    /** Whether every directory is known that a restore moves out of the way. */
    public boolean isComplete() {
        return unnamed().isEmpty();
    }

    /** Where the commit log is. */
    public Path commitLogDirectory() {
        return known(directories.commitLog(), "commitlog_directory");
    }

    /** Where the saved caches are. */
    public Path savedCachesDirectory() {
        return known(directories.savedCaches(), "saved_caches_directory");
    }

    /** Where the hints for other nodes are. */
    public Path hintsDirectory() {
        return known(directories.hints(), "hints_directory");
    }

    /** Where Accord's journal is, which belongs to the data like a commit log; empty for a node without one. */
    public Optional<Path> accordJournal() {
        return accord ? Optional.of(known(directories.accordJournal(), "accord.journal_directory")) : Optional.empty();
    }

    /** A wrong guess would leave the real commit log in place, to be replayed over the restored data. */
    private Path known(Optional<Path> directory, String key) {
        return directory.orElseThrow(() -> new MedusaException(
                FailureKind.LOCAL_FILE,
                "cannot tell where Cassandra keeps its " + key + ": " + file
                        + " does not name it, and neither a running node nor its start script tells. No data was changed."
                        + " Set " + key + " in " + file + " to the directory that Cassandra uses, or start Cassandra"));
    }

    /** Every directory that can hold tables, once. */
    public List<Path> allDataDirectories() {
        Set<Path> all = new LinkedHashSet<>(dataDirectories);
        systemDataDirectory.ifPresent(all::add);
        return List.copyOf(all);
    }

    /**
     * The directories in which Cassandra looks for that table. The local system tables have only one, except for a few that
     * grow (Cassandra's {@code SystemKeyspace.TABLES_SPLIT_ACROSS_MULTIPLE_DISKS}).
     */
    public List<Path> dataDirectoriesOf(String keyspace, String table) {
        boolean local = SystemKeyspaces.isLocal(keyspace)
                && !(keyspace.equals(SystemKeyspaces.SYSTEM) && SPLIT_SYSTEM_TABLES.contains(table));
        return local ? List.of(systemDataDirectory.orElse(dataDirectories.get(0))) : dataDirectories;
    }

    /** Addresses at which CQL may answer, best first: where clients are served, then as the reference does. */
    public List<String> cqlContacts() {
        Set<String> contacts = new LinkedHashSet<>();
        rpcAddress
                .or(() -> HostNames.addressOfInterface(rpcInterface))
                .filter(address -> !isWildcard(address))
                .ifPresent(contacts::add);
        broadcastRpcAddress.ifPresent(contacts::add);
        storageAddress().filter(address -> !isWildcard(address)).ifPresent(contacts::add);
        if (contacts.isEmpty()) {
            contacts.add(HostNames.addressOf(HostNames.system()));
        }
        if (contacts.isEmpty()
                || listenAddress.isEmpty()
                || rpcAddress.filter(CassandraYaml::isWildcard).isPresent()) {
            contacts.add("127.0.0.1");
        }
        return List.copyOf(contacts);
    }

    /** The address by which other nodes know this one, if the file states or implies it. */
    public Optional<String> storageAddress() {
        return listenAddress.or(() -> HostNames.addressOfInterface(listenInterface));
    }

    private static boolean isWildcard(String address) {
        return Arrays.asList("0.0.0.0", "::").contains(IpAddresses.canonical(address));
    }

    /** Ignores a relative path, which depends on where Cassandra was started. */
    private static Optional<Path> path(Map<?, ?> yaml, String key) {
        return text(yaml, key).map(Path::of).filter(Path::isAbsolute);
    }

    private static Optional<String> text(Map<?, ?> yaml, String key) {
        @Nullable Object value = yaml.get(key);
        return value == null || value instanceof Map || value instanceof List
                ? Optional.empty()
                : Optional.of(String.valueOf(value)).filter(text -> !text.isBlank());
    }

    private static Optional<Integer> number(Map<?, ?> yaml, String key) {
        return text(yaml, key).flatMap(value -> {
            try {
                return Optional.of(Integer.parseInt(value.replace("_", "")));
            } catch (NumberFormatException notANumber) {
                return Optional.empty();
            }
        });
    }

    private static Optional<Map<?, ?>> map(Map<?, ?> yaml, String key) {
        return yaml.get(key) instanceof Map<?, ?> map ? Optional.of(map) : Optional.empty();
    }
}
