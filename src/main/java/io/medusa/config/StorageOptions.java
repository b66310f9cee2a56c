package io.medusa.config;

import io.medusa.model.Secret;
import java.nio.file.Path;
import java.time.LocalTime;
import java.util.OptionalInt;

/** The options of {@code [storage]}. */
final class StorageOptions {
    static final Section SECTION = new Section("storage");

    static final Option<String> STORAGE_PROVIDER = SECTION.option(
            "storage_provider",
            OptionType.TEXT,
            null,
            "Kind of object store: local, s3, s3_<region>, s3_compatible, s3_rgw, ibm_storage, "
                    + "google_storage or azure_blobs. Required.",
            "local");

    static final Option<String> BUCKET_NAME = SECTION.option(
            "bucket_name",
            OptionType.TEXT,
            null,
            "Name of the bucket, the container or, for local, the directory below base_path. Required. No " + "slash.",
            "cassandra");

    static final Option<Path> BASE_PATH = SECTION.option(
            "base_path",
            OptionType.PATH,
            null,
            "local: directory that contains the directory of the bucket. Mount storage that outlives this "
                    + "node there.",
            "/mnt/backups");

    static final Option<Path> KEY_FILE = SECTION.option(
            "key_file",
            OptionType.PATH,
            null,
            "File with the credentials of the object store.",
            "/etc/medusa/credentials");

    static final Option<String> PREFIX = SECTION.option(
            "prefix",
            OptionType.TEXT,
            null,
            "First segment of all keys, so that several clusters can share a bucket. At least two "
                    + "characters, no slash.",
            "cluster1");

    static final Option<String> FQDN = SECTION.option(
            "fqdn",
            OptionType.TEXT,
            null,
            "Name of this node in the bucket, which must be the name by which the ring knows it: its host "
                    + "name, or its address if resolve_ip_addresses is False. Default: the fully qualified host name "
                    + "of the system.",
            "10.0.0.1");

    static final Option<String> STORAGE_CLASS = SECTION.option(
            "storage_class", OptionType.TEXT, null, "Storage class or tier of uploaded objects.", "STANDARD_IA");

    static final Option<String> HOST_FILE_SEPARATOR = SECTION.option(
            "host_file_separator", OptionType.TEXT, ",", "Separator in the lines of a --host-list file.");

    static final Option<Integer> MAX_BACKUP_AGE = SECTION.option(
            "max_backup_age",
            OptionType.NOT_NEGATIVE,
            "0",
            "purge: delete backups older than this number of days. 0: off.");

    static final Option<Integer> MAX_BACKUP_COUNT = SECTION.option(
            "max_backup_count", OptionType.NOT_NEGATIVE, "0", "purge: keep at most this number of backups. 0: off.");

    static final Option<Integer> BACKUP_GRACE_PERIOD_IN_DAYS = SECTION.option(
            "backup_grace_period_in_days",
            OptionType.NOT_NEGATIVE,
            "10",
            "purge: never delete data objects younger than this number of days.");

    static final Option<Integer> KEEP_HOURLY = keep("hourly", "hours");

    static final Option<Integer> KEEP_DAILY = keep("daily", "days");

    static final Option<Integer> KEEP_WEEKLY = keep("weekly", "weeks");

    static final Option<Integer> KEEP_MONTHLY = keep("monthly", "months");

    static final Option<Integer> KEEP_YEARLY = keep("yearly", "years");

    static final Option<String> API_PROFILE =
            SECTION.option("api_profile", OptionType.TEXT, "", "Profile in the credentials file.", "backup");

    static final Option<String> REGION =
            SECTION.option("region", OptionType.TEXT, "default", "Region of the bucket.", "eu-central-1");

    static final Option<Long> TRANSFER_MAX_BANDWIDTH = SECTION.option(
            "transfer_max_bandwidth",
            OptionType.SIZE,
            "50MB/s",
            "Maximum bandwidth of all transfers of this node together, up and down. Empty: no limit. Applies"
                    + " to local only if set.");

    static final Option<OptionalInt> CONCURRENT_TRANSFERS = SECTION.option(
            "concurrent_transfers",
            OptionType.NUMBER_OR_AUTO,
            "auto",
            "Number of concurrent transfers. auto: adapt to what the store and the machine can take.");

    static final Option<LocalTime> FINISH_BY = SECTION.option(
            "finish_by",
            OptionType.TIME,
            null,
            "HH:MM, local time: upload no faster than needed to finish by then, but at 1 MB/s at least, and "
                    + "within transfer_max_bandwidth.",
            "05:30");

    static final Option<Long> MULTI_PART_UPLOAD_THRESHOLD = SECTION.option(
            "multi_part_upload_threshold", OptionType.SIZE, "20MB", "Upload files of this size and larger in parts.");

    static final Option<Long> MULTIPART_CHUNKSIZE =
            SECTION.option("multipart_chunksize", OptionType.SIZE, "50MB", "Size of a part.");

    static final Option<Integer> MULTIPART_MAX_CONCURRENCY = SECTION.option(
            "multipart_max_concurrency",
            OptionType.atLeast(1, "write a number from 1"),
            "4",
            "Maximum concurrent parts of one file.");

    static final Option<String> HOST = SECTION.option(
            "host", OptionType.TEXT, null, "Host name of the store's endpoint, without a scheme.", "s3.example.com");

    static final Option<Integer> PORT = SECTION.option(
            "port",
            OptionType.range(1, 65_535, "write a number from 1 to 65535"),
            null,
            "Port of the store's endpoint.",
            "443");

    static final Option<Boolean> SECURE =
            SECTION.option("secure", OptionType.BOOL, "True", "Use HTTPS for the endpoint.");

    static final Option<Boolean> SSL_VERIFY =
            SECTION.option("ssl_verify", OptionType.BOOL, "True", "Verify the endpoint's certificate.");

    static final Option<Path> CA_CERT = SECTION.option(
            "ca_cert",
            OptionType.PATH,
            null,
            "CA certificates (PEM) to verify the endpoint with, instead of those of the machine.",
            "/etc/medusa/store-ca.pem");

    static final Option<AddressingStyle> S3_ADDRESSING_STYLE = SECTION.option(
            "s3_addressing_style",
            OptionType.choiceOfAnyCase(AddressingStyle.values()),
            "auto",
            "How requests name the bucket: auto, path or virtual.");

    static final Option<String> KMS_ID = SECTION.option(
            "kms_id",
            OptionType.TEXT,
            null,
            "Key ID for server-side encryption with KMS.",
            "1234abcd-12ab-34cd-56ef-1234567890ab");

    static final Option<Secret> SSE_C_KEY = SECTION.secret(
            "sse_c_key",
            "Customer-provided key for server-side encryption (SSE-C): base64 of 32 bytes.",
            "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");

    static final Option<Integer> READ_TIMEOUT = SECTION.option(
            "read_timeout",
            OptionType.atLeast(1, "write a number of seconds from 1"),
            "60",
            "Seconds to wait for a response of the store before retrying.");

    static final Option<String> BACKUP_KEYSPACES = SECTION.option(
            "backup_keyspaces",
            OptionType.TEXT,
            null,
            "Back up only keyspaces that match these comma-separated patterns (* and ?). ! excludes; the "
                    + "last match decides. Such backups are partial. Default: all keyspaces.",
            "shop*");

    static final Option<String> BACKUP_TABLES = SECTION.option(
            "backup_tables",
            OptionType.TEXT,
            null,
            "The same for tables, with patterns keyspace.table. Evaluated after backup_keyspaces.",
            "!shop.tmp_*");

    static final Option<Boolean> USE_SUDO_FOR_RESTORE = SECTION.option(
            "use_sudo_for_restore", OptionType.BOOL, "True", "Let restores use sudo where the user lacks permissions.");

    static final Option<String> AWS_CLI_PATH =
            SECTION.option("aws_cli_path", OptionType.TEXT, "aws", "Accepted and ignored.");

    static final Option<String> K8S_MODE = SECTION.option("k8s_mode", OptionType.TEXT, null, "Accepted and ignored.");

    private static Option<Integer> keep(String period, String unit) {
        return SECTION.option(
                "keep_" + period,
                OptionType.NOT_NEGATIVE,
                "0",
                "purge: keep the newest backup of each of the last N " + unit + " that have one, regardless of "
                        + "max_backup_age and max_backup_count. 0: off.");
    }

    /** How requests name the bucket. */
    enum AddressingStyle implements OptionType.Word {
        /** In the path for endpoints other than Amazon's. */
        AUTO,
        /** In the path. */
        PATH,
        /** In the host name. */
        VIRTUAL
    }

    private StorageOptions() {}
}
