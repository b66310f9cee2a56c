package io.medusa.config;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.NodeName;
import io.medusa.model.TableScope;
import io.medusa.os.HostNames;
import io.medusa.os.PodNames;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Reads {@code [storage]}. */
final class StorageReader {
    private final Values values;
    private final Map<String, String> environment;
    private final List<String> warnings;

    StorageReader(Values values, Map<String, String> environment, List<String> warnings) {
        this.values = values;
        this.environment = environment;
        this.warnings = warnings;
    }

    /** What {@link #read} does, in parts that find problems of their own. */
    List<Runnable> parts() {
        return List.of(
                this::provider,
                this::bucket,
                () -> checkSegment(StorageOptions.PREFIX, values.get(StorageOptions.PREFIX)),
                () -> new StorageTargets(values, environment, new ArrayList<>()).read(provider(), bucket()),
                this::scope,
                this::nodeName);
    }

    private String provider() {
        return required(StorageOptions.STORAGE_PROVIDER).toLowerCase(Locale.ROOT);
    }

    private String bucket() {
        String bucket = required(StorageOptions.BUCKET_NAME);
        checkSegment(StorageOptions.BUCKET_NAME, bucket);
        return bucket;
    }

    MedusaConfig.Storage read() {
        String provider = provider();
        String bucket = bucket();
        String prefix = values.get(StorageOptions.PREFIX);
        checkSegment(StorageOptions.PREFIX, prefix);
        if (prefix.length() == 1) {
            // every other reader of such a file and bucket does the same
            warnings.add("prefix in [storage] is ignored: it needs at least two characters");
            prefix = "";
        }
        for (Option<Long> size :
                List.of(StorageOptions.MULTI_PART_UPLOAD_THRESHOLD, StorageOptions.MULTIPART_CHUNKSIZE)) {
            long unused = values.get(size);
        }
        return new MedusaConfig.Storage(
                new StorageTargets(values, environment, warnings).read(provider, bucket),
                prefix,
                nodeName(),
                values.find(StorageOptions.CONCURRENT_TRANSFERS).orElse(OptionalInt.empty()),
                bandwidth(provider),
                values.find(StorageOptions.FINISH_BY),
                values.get(StorageOptions.USE_SUDO_FOR_RESTORE),
                scope(),
                values.find(StorageOptions.HOST_FILE_SEPARATOR).orElse(","),
                new MedusaConfig.Retention(
                        values.get(StorageOptions.MAX_BACKUP_AGE),
                        values.get(StorageOptions.MAX_BACKUP_COUNT),
                        values.get(StorageOptions.BACKUP_GRACE_PERIOD_IN_DAYS),
                        values.get(StorageOptions.KEEP_HOURLY),
                        values.get(StorageOptions.KEEP_DAILY),
                        values.get(StorageOptions.KEEP_WEEKLY),
                        values.get(StorageOptions.KEEP_MONTHLY),
                        values.get(StorageOptions.KEEP_YEARLY)));
    }

    private String required(Option<String> option) {
        return values.find(option)
                .orElseThrow(() ->
                        new MedusaException(FailureKind.CONFIG_INVALID, option.name() + " is missing in [storage]"));
    }

    private static void checkSegment(Option<String> option, String value) {
        if (value.contains("/") || value.equals("..") || value.equals(".")) {
            throw new MedusaException(
                    FailureKind.CONFIG_INVALID,
                    option.name() + " in [storage] must not be '.' or '..' nor contain a slash: " + value);
        }
    }

    /** The default limit, which the file does not mention, does not apply to a disk. */
    private OptionalLong bandwidth(String provider) {
        boolean isDisk = provider.equals("local") && !values.isSet(StorageOptions.TRANSFER_MAX_BANDWIDTH);
        return isDisk || values.isEmptied(StorageOptions.TRANSFER_MAX_BANDWIDTH)
                ? OptionalLong.empty()
                : values.find(StorageOptions.TRANSFER_MAX_BANDWIDTH)
                        .map(OptionalLong::of)
                        .orElse(OptionalLong.empty());
    }

    private TableScope scope() {
        List<String> patterns = new ArrayList<>();
        for (Option<String> option : List.of(StorageOptions.BACKUP_KEYSPACES, StorageOptions.BACKUP_TABLES)) {
            boolean tables = option.equals(StorageOptions.BACKUP_TABLES);
            for (String pattern : values.get(option).split(",", -1)) {
                if (pattern.isBlank()) {
                    continue;
                }
                if (pattern.contains(".") != tables || !TableScope.isPattern(pattern)) {
                    throw values.bad(
                            option,
                            tables
                                    ? "write patterns keyspace.table, separated by commas"
                                    : "write patterns of keyspaces, separated by commas; tables go into backup_tables");
                }
                patterns.add(pattern.strip());
            }
        }
        return new TableScope(patterns);
    }

    private NodeName nodeName() {
        Optional<String> named = values.find(StorageOptions.FQDN);
        boolean resolve = values.get(CassandraSection.RESOLVE_IP_ADDRESSES);
        if (named.isPresent() && (!resolve || !named.get().equals(HostNames.system()))) {
            return new NodeName(named.get());
        }
        String system = HostNames.system();
        if (!resolve) {
            return new NodeName(system);
        }
        String address = HostNames.addressOf(system);
        if (!values.get(KubernetesSection.ENABLED)) {
            return new NodeName(HostNames.resolve(address));
        }
        return KubernetesSection.pod(environment).orElseGet(() -> new NodeName(PodNames.resolve(address)));
    }
}
