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
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Reads from {@code [storage]} where the bucket is (docs/compatibility.md 9). */
final class StorageTargets {
    private static final Pattern ADDRESS = Pattern.compile("[0-9.]+|.*:.*");
    private static final Pattern HOST_AND_PORT = Pattern.compile("([^:]+|\\[[^]]*]):([0-9]+)");
    /** Domains that no public name server knows; the first is that of Kubernetes' services. */
    private static final List<String> PRIVATE_DOMAINS = List.of(".svc", ".local", ".internal", ".localhost", ".test");

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
        boolean s3 = provider.equals(AMAZON) || provider.startsWith("s3_") || ELSEWHERE.contains(provider);
        for (Option<?> option : List.of(StorageOptions.KMS_ID, StorageOptions.SSE_C_KEY)) {
            if (!s3 && values.isSet(option)) {
                throw new MedusaException(
                        FailureKind.CONFIG_INVALID,
                        option.name() + " in [storage] works with S3 only, and storage_provider is " + provider
                                + ": backups would be stored without that encryption. Remove the option");
            }
        }
        if (provider.equals("local")) {
            return local(bucket);
        }
        if (provider.equals("google_storage")) {
            return gcs(bucket);
        }
        if (provider.equals("azure_blobs")) {
            return azure(bucket);
        }
        if (s3) {
            return s3(provider, bucket);
        }
        throw values.bad(
                StorageOptions.STORAGE_PROVIDER,
                "write local, s3, s3_<region>, s3_compatible, s3_rgw, ibm_storage, google_storage or azure_blobs");
    }

    private StorageTarget local(String bucket) {
        Path base = values.find(StorageOptions.BASE_PATH)
                .orElseThrow(() -> new MedusaException(
                        FailureKind.CONFIG_INVALID,
                        "base_path is missing in [storage]: name the directory that holds the bucket"));
        return new StorageTarget.Local(base.resolve(bucket));
    }

    private StorageTarget s3(String provider, String bucket) {
        boolean elsewhere = ELSEWHERE.contains(provider);
        if (!elsewhere && values.isSet(StorageOptions.HOST)) {
            warnings.add("host in [storage] is ignored: with storage_provider " + provider
                    + " the bucket is at Amazon; for another endpoint set storage_provider to s3_compatible");
        }
        Optional<URI> endpoint = elsewhere ? Optional.of(uri(required(endpoint(), provider))) : Optional.empty();
        StorageOptions.AddressingStyle style = values.get(StorageOptions.S3_ADDRESSING_STYLE);
        if (values.find(StorageOptions.KMS_ID).isPresent()
                && values.find(StorageOptions.SSE_C_KEY).isPresent()) {
            throw new MedusaException(
                    FailureKind.CONFIG_INVALID, "kms_id and sse_c_key in [storage] exclude each other: keep one");
        }
        return new StorageTarget.S3(
                bucket,
                region(provider),
                endpoint,
                style == StorageOptions.AddressingStyle.PATH
                        || (style == StorageOptions.AddressingStyle.AUTO && elsewhere),
                keyFile(),
                values.find(StorageOptions.API_PROFILE),
                elsewhere ? verified(endpoint.get().getScheme().equals("https")) : verifiedAlways(provider),
                file(StorageOptions.CA_CERT),
                values.find(StorageOptions.STORAGE_CLASS),
                values.find(StorageOptions.KMS_ID),
                values.find(StorageOptions.SSE_C_KEY),
                parts(),
                readTimeout());
    }

    private String region(String provider) {
        String region = values.get(StorageOptions.REGION);
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
                    StorageOptions.STORAGE_PROVIDER,
                    "the region " + word + " is unknown; write s3, and the region in region");
        }
        return known;
    }

    private StorageTarget gcs(String bucket) {
        Optional<StorageTarget.Endpoint> written = endpoint();
        boolean emulated = written.filter(place -> isEmulator(place.host())).isPresent();
        Optional<StorageTarget.Endpoint> endpoint = emulated ? written : written.map(StorageTargets::withTls);
        boolean unused = emulated || verifiedAlways("google_storage");
        return new StorageTarget.Gcs(
                bucket,
                keyFile(),
                endpoint.map(this::uri),
                values.find(StorageOptions.STORAGE_CLASS),
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
                        "storage account unknown. Set key_file in [storage], or the variable"
                                + " AZURE_STORAGE_ACCOUNT"));
        Optional<StorageTarget.Endpoint> written = endpoint();
        boolean emulated = written.filter(place -> isEmulator(place.host())).isPresent();
        Optional<StorageTarget.Endpoint> endpoint = emulated ? written : written.map(StorageTargets::withTls);
        return new StorageTarget.Azure(
                container,
                account,
                azureUrl(account, endpoint),
                key.map(AzureKey::key),
                emulated ? verified(endpoint.orElseThrow().secure()) : verifiedAlways("azure_blobs"),
                file(StorageOptions.CA_CERT),
                values.find(StorageOptions.STORAGE_CLASS),
                parts(),
                readTimeout());
    }

    /** Accounts are host names below the domain; on an address, which has no names below it, they are the first segment. */
    private String azureUrl(String account, Optional<StorageTarget.Endpoint> endpoint) {
        if (endpoint.isEmpty()) {
            return "https://" + account + ".blob.core.windows.net";
        }
        StorageTarget.Endpoint place = endpoint.get();
        if (isAddress(place.host())) {
            return uri(place) + "/" + account;
        }
        return uri(new StorageTarget.Endpoint(place.secure(), account + ".blob.core." + place.host(), place.port()))
                .toString();
    }

    private static boolean isAddress(String host) {
        return ADDRESS.matcher(host).matches() || host.equals("localhost");
    }

    /** Whether the host cannot be one of the provider's: an address, a name without a domain, or one in a private domain. */
    private static boolean isEmulator(String host) {
        return isAddress(host)
                || !host.contains(".")
                || PRIVATE_DOMAINS.stream().anyMatch(host.toLowerCase(Locale.ROOT)::endsWith);
    }

    private static StorageTarget.Endpoint withTls(StorageTarget.Endpoint endpoint) {
        return new StorageTarget.Endpoint(true, endpoint.host(), endpoint.port());
    }

    /** At a provider's own endpoint; files that are written for every store turn verification and HTTPS off without meaning it. */
    private boolean verifiedAlways(String provider) {
        List<String> off = Stream.of(StorageOptions.SSL_VERIFY, StorageOptions.SECURE)
                .filter(option -> !values.get(option))
                .map(Option::name)
                .toList();
        if (!off.isEmpty()) {
            warnings.add(String.join(" and ", off) + " in [storage] " + (off.size() == 1 ? "is" : "are")
                    + " ignored: with storage_provider " + provider
                    + ", HTTPS is always used, and the certificate is always verified");
        }
        return true;
    }

    private Optional<StorageTarget.Endpoint> endpoint() {
        return values.find(StorageOptions.HOST).map(host -> {
            if (host.contains("/")) {
                throw values.bad(StorageOptions.HOST, "write the host name only; secure decides about HTTPS");
            }
            boolean secure = values.get(StorageOptions.SECURE);
            Optional<Integer> port = values.find(StorageOptions.PORT);
            Matcher both = HOST_AND_PORT.matcher(host);
            if (!both.matches()) {
                return new StorageTarget.Endpoint(secure, host, port);
            }
            if (port.isPresent() && !both.group(2).equals(String.valueOf(port.get()))) {
                throw values.bad(
                        StorageOptions.HOST,
                        "write the host name only; it names another port than port, which is " + port.get());
            }
            values.set(StorageOptions.PORT, both.group(2));
            warnings.add("host in [storage] contains a port: write the port into port. Using port " + both.group(2));
            return new StorageTarget.Endpoint(secure, both.group(1), values.find(StorageOptions.PORT));
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
            throw values.bad(StorageOptions.HOST, "not a valid host name");
        }
    }

    private boolean verified(boolean secure) {
        boolean verified = values.get(StorageOptions.SSL_VERIFY);
        if (!verified && secure) {
            warnings.add(
                    "ssl_verify in [storage] is off: anybody between this machine and the store can read and change"
                            + " data. Set ca_cert to the CA of the store instead");
        }
        return verified;
    }

    private Optional<Path> keyFile() {
        return file(StorageOptions.KEY_FILE);
    }

    private Optional<Path> file(Option<Path> option) {
        return values.find(option).map(file -> {
            if (!Files.isReadable(file)) {
                throw values.bad(
                        option,
                        Files.exists(file)
                                ? "user " + System.getProperty("user.name") + " cannot read that file"
                                : "the file does not exist");
            }
            return file;
        });
    }

    private StorageTarget.Parts parts() {
        return new StorageTarget.Parts(
                values.get(StorageOptions.MULTI_PART_UPLOAD_THRESHOLD),
                values.get(StorageOptions.MULTIPART_CHUNKSIZE),
                values.get(StorageOptions.MULTIPART_MAX_CONCURRENCY));
    }

    private Duration readTimeout() {
        return values.find(StorageOptions.READ_TIMEOUT).map(Duration::ofSeconds).orElse(READ_TIMEOUT);
    }
}
