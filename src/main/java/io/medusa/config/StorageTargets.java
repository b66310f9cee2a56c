package io.medusa.config;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Reads from {@code [storage]} where the bucket is (docs/compatibility.md 9). */
final class StorageTargets {
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|.*:.*");
    private static final Duration READ_TIMEOUT = Duration.ofSeconds(60);
    private static final String AMAZON = "s3";
    private static final String COMPATIBLE = "s3_compatible";
    /** Providers that need an endpoint. */
    private static final List<String> ELSEWHERE = List.of(COMPATIBLE, "s3_rgw", "ibm_storage");

    /** The words that {@code s3_} can be followed by, as the reference's library knows them. */
    private static final Map<String, String> REGIONS = Map.ofEntries(
            Map.entry("us_east", "us-east-1"),
            Map.entry("us_east1", "us-east-1"),
            Map.entry("us_east2", "us-east-2"),
            Map.entry("us_west", "us-west-1"),
            Map.entry("us_west2", "us-west-2"),
            Map.entry("us_west_oregon", "us-west-2"),
            Map.entry("us_gov_east", "us-gov-east-1"),
            Map.entry("us_gov_west", "us-gov-west-1"),
            Map.entry("eu_west", "eu-west-1"),
            Map.entry("eu_west2", "eu-west-2"),
            Map.entry("eu_central", "eu-central-1"),
            Map.entry("eu_north1", "eu-north-1"),
            Map.entry("ap_south", "ap-south-1"),
            Map.entry("ap_southeast", "ap-southeast-1"),
            Map.entry("ap_southeast2", "ap-southeast-2"),
            Map.entry("ap_northeast", "ap-northeast-1"),
            Map.entry("ap_northeast1", "ap-northeast-1"),
            Map.entry("ap_northeast2", "ap-northeast-2"),
            Map.entry("sa_east", "sa-east-1"),
            Map.entry("sa_east2", "sa-east-2"),
            Map.entry("ca_central", "ca-central-1"),
            Map.entry("cn_north", "cn-north-1"),
            Map.entry("cn_northwest", "cn-northwest-1"),
            Map.entry("af_south", "af-south-1"),
            Map.entry("me_south", "me-south-1"));

    private final Values values;
    private final Map<String, String> environment;
    private final List<String> warnings;

    StorageTargets(Values values, Map<String, String> environment, List<String> warnings) {
        this.values = values;
        this.environment = environment;
        this.warnings = warnings;
    }

    StorageTarget read(String provider, String bucket) {
        if (provider.equals("local")) {
            return local(bucket);
        }
        if (provider.equals("google_storage")) {
            return gcs(bucket);
        }
        if (provider.equals("azure_blobs")) {
            return azure(bucket);
        }
        if (ELSEWHERE.contains(provider) || provider.equals(AMAZON) || provider.startsWith("s3_")) {
            return s3(provider, bucket);
        }
        throw values.bad(
                "storage",
                "storage_provider",
                "write local, s3, s3_<region>, s3_compatible, s3_rgw, ibm_storage, google_storage or azure_blobs");
    }

    private StorageTarget local(String bucket) {
        Path base = values.nonEmpty("storage", "base_path")
                .map(Path::of)
                .orElseThrow(() -> new MedusaException(
                        FailureKind.CONFIG_INVALID,
                        "base_path is missing in [storage]: name the directory that holds the bucket"));
        return new StorageTarget.Local(base.resolve(bucket));
    }

    private StorageTarget s3(String provider, String bucket) {
        boolean elsewhere = ELSEWHERE.contains(provider);
        Optional<URI> endpoint = elsewhere ? Optional.of(uri(required(endpoint(), provider))) : Optional.empty();
        String style =
                values.text("storage", "s3_addressing_style").orElse("auto").toLowerCase(Locale.ROOT);
        if (!List.of("auto", "path", "virtual").contains(style)) {
            throw values.bad("storage", "s3_addressing_style", "write auto, path or virtual");
        }
        if (values.nonEmpty("storage", "kms_id").isPresent()
                && values.nonEmpty("storage", "sse_c_key").isPresent()) {
            throw new MedusaException(
                    FailureKind.CONFIG_INVALID, "kms_id and sse_c_key in [storage] exclude each other: keep one");
        }
        return new StorageTarget.S3(
                bucket,
                region(provider),
                endpoint,
                style.equals("path") || (style.equals("auto") && elsewhere),
                keyFile(),
                values.nonEmpty("storage", "api_profile"),
                verified(endpoint.map(uri -> uri.getScheme().equals("https")).orElse(true)),
                file("ca_cert"),
                values.nonEmpty("storage", "storage_class"),
                values.nonEmpty("storage", "kms_id"),
                values.secret("storage", "sse_c_key"),
                parts(),
                readTimeout());
    }

    private String region(String provider) {
        String region = values.text("storage", "region").orElse("default");
        if (!region.isEmpty() && !region.equals("default")) {
            return region;
        }
        if (provider.equals(AMAZON) || ELSEWHERE.contains(provider)) {
            return Optional.ofNullable(environment.get("AWS_REGION"))
                    .or(() -> Optional.ofNullable(environment.get("AWS_DEFAULT_REGION")))
                    .filter(name -> !name.isBlank())
                    .orElse("us-east-1");
        }
        String word = provider.substring("s3_".length());
        String known = REGIONS.get(word);
        if (known == null) {
            throw values.bad(
                    "storage",
                    "storage_provider",
                    "the region " + word + " is unknown; write s3, and the region in region");
        }
        return known;
    }

    private StorageTarget gcs(String bucket) {
        return new StorageTarget.Gcs(
                bucket,
                keyFile(),
                endpoint().map(this::uri),
                values.nonEmpty("storage", "storage_class"),
                parts(),
                readTimeout());
    }

    private StorageTarget azure(String container) {
        Optional<AzureKey> key = keyFile().map(AzureKey::read);
        String account = key.map(AzureKey::account)
                .or(() -> Optional.ofNullable(environment.get("AZURE_STORAGE_ACCOUNT"))
                        .filter(name -> !name.isBlank()))
                .orElseThrow(() -> new MedusaException(
                        FailureKind.CONFIG_INVALID,
                        "the storage account is not known: set key_file in [storage], or the variable"
                                + " AZURE_STORAGE_ACCOUNT"));
        Optional<StorageTarget.Endpoint> endpoint = endpoint();
        return new StorageTarget.Azure(
                container,
                account,
                azureUrl(account, endpoint),
                key.map(AzureKey::key),
                verified(endpoint.map(StorageTarget.Endpoint::secure).orElse(true)),
                file("ca_cert"),
                values.nonEmpty("storage", "storage_class"),
                parts(),
                readTimeout());
    }

    /** Accounts are host names below the domain; on an address, which has no names below it, they are the first segment. */
    private String azureUrl(String account, Optional<StorageTarget.Endpoint> endpoint) {
        if (endpoint.isEmpty()) {
            return "https://" + account + ".blob.core.windows.net";
        }
        StorageTarget.Endpoint place = endpoint.get();
        if (ADDRESS.matcher(place.host()).matches() || place.host().equals("localhost")) {
            return uri(place) + "/" + account;
        }
        return uri(new StorageTarget.Endpoint(place.secure(), account + ".blob.core." + place.host(), place.port()))
                .toString();
    }

    private Optional<StorageTarget.Endpoint> endpoint() {
        Optional<Integer> port = values.nonEmpty("storage", "port").map(text -> {
            int number = values.integer("storage", "port");
            if (number < 1 || number > 65_535) {
                throw values.bad("storage", "port", "write a number from 1 to 65535");
            }
            return number;
        });
        return values.nonEmpty("storage", "host").map(host -> {
            if (host.contains("/")) {
                throw values.bad("storage", "host", "write the host name alone; secure says whether it speaks https");
            }
            return new StorageTarget.Endpoint(values.bool("storage", "secure"), host, port);
        });
    }

    private static StorageTarget.Endpoint required(Optional<StorageTarget.Endpoint> endpoint, String provider) {
        return endpoint.orElseThrow(() -> new MedusaException(
                FailureKind.CONFIG_INVALID, "host is missing in [storage]: " + provider + " needs its endpoint"));
    }

    private URI uri(StorageTarget.Endpoint endpoint) {
        try {
            return new URI(
                    endpoint.secure() ? "https" : "http",
                    null,
                    endpoint.host(),
                    endpoint.port().orElse(-1),
                    null,
                    null,
                    null);
        } catch (URISyntaxException malformed) {
            throw values.bad("storage", "host", "it is no host name");
        }
    }

    private boolean verified(boolean secure) {
        boolean verified = values.bool("storage", "ssl_verify");
        if (!verified && secure) {
            warnings.add(
                    "ssl_verify in [storage] is off: anybody between this machine and the store can read and change"
                            + " what is sent; set ca_cert to the store's authority instead");
        }
        return verified;
    }

    private Optional<Path> keyFile() {
        return file("key_file");
    }

    private Optional<Path> file(String option) {
        return values.nonEmpty("storage", option).map(text -> {
            Path file = Path.of(text.startsWith("~/") ? System.getProperty("user.home") + text.substring(1) : text);
            if (!Files.isReadable(file)) {
                throw values.bad(
                        "storage",
                        option,
                        Files.exists(file)
                                ? "user " + System.getProperty("user.name") + " cannot read that file"
                                : "there is no such file");
            }
            return file;
        });
    }

    private StorageTarget.Parts parts() {
        int concurrency = values.integer("storage", "multipart_max_concurrency");
        if (concurrency < 1) {
            throw values.bad("storage", "multipart_max_concurrency", "write a number from 1");
        }
        return new StorageTarget.Parts(
                values.size("storage", "multi_part_upload_threshold"),
                values.size("storage", "multipart_chunksize"),
                concurrency);
    }

    private Duration readTimeout() {
        if (values.nonEmpty("storage", "read_timeout").isEmpty()) {
            return READ_TIMEOUT;
        }
        int seconds = values.integer("storage", "read_timeout");
        if (seconds < 1) {
            throw values.bad("storage", "read_timeout", "write a number of seconds from 1");
        }
        return Duration.ofSeconds(seconds);
    }
}
