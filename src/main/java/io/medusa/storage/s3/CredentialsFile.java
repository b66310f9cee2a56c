package io.medusa.storage.s3;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.profiles.Profile;
import software.amazon.awssdk.profiles.ProfileFile;

/**
 * The credentials file of {@code key_file}. What botocore, and so the Python Medusa, reads is read: lines may be indented, names in
 * capitals, delimiters {@code =} or {@code :}, comments begin with {@code #} or {@code ;}. Amazon's library for Java is stricter, so it is
 * handed the file in the form that it takes.
 */
final class CredentialsFile {
    private static final String KEY_ID = "aws_access_key_id";
    /** What a profile can get its credentials from, in the order in which Amazon's tools look. */
    private static final List<String> SOURCES = List.of(
            "role_arn",
            KEY_ID,
            "credential_process",
            "credential_source",
            "web_identity_token_file",
            "sso_session",
            "sso_start_url",
            "login_session");

    private final Path file;
    private final ProfileFile profiles;

    private CredentialsFile(Path file, ProfileFile profiles) {
        this.file = file;
        this.profiles = profiles;
    }

    /**
     * Reads the file, and what the user's own configuration of Amazon's tools says about profiles that are not in it.
     *
     * @param configuration such as {@code ~/.aws/config}
     */
    static CredentialsFile read(Path file, Optional<Path> configuration) {
        ProfileFile.Aggregator all = ProfileFile.aggregator();
        try {
            all.addFile(ProfileFile.builder()
                    .content(new ByteArrayInputStream(
                            plain(Files.readString(file)).getBytes(StandardCharsets.UTF_8)))
                    .type(ProfileFile.Type.CREDENTIALS)
                    .build());
        } catch (IOException | IllegalArgumentException | UncheckedIOException malformed) {
            // the cause is not kept: it may quote what should be a secret
            throw unusable(file, "must have lines [default], aws_access_key_id = ... and aws_secret_access_key = ...");
        }
        try {
            configuration.ifPresent(path -> all.addFile(ProfileFile.builder()
                    .content(path)
                    .type(ProfileFile.Type.CONFIGURATION)
                    .build()));
        } catch (IllegalArgumentException | UncheckedIOException malformed) {
            throw new MedusaException(
                    FailureKind.CONFIG_INVALID,
                    configuration.orElseThrow() + " is not a configuration file of Amazon's tools");
        }
        return new CredentialsFile(file, all.build());
    }

    boolean has(String name) {
        return profiles.profile(name).isPresent();
    }

    /** The credentials of a profile, which must be there. Failures name the profile, and what it gets its credentials from. */
    AwsCredentialsProvider of(String name) {
        Profile profile = profiles.profile(name)
                .orElseThrow(() -> unusable(
                        file,
                        "has no profile [" + name + "], only "
                                + String.join(", ", profiles.profiles().keySet())
                                + ". Set api_profile in [storage]"));
        String source = SOURCES.stream()
                .filter(option -> profile.property(option).isPresent())
                .findFirst()
                .orElseThrow(() -> unusable(file, "has no aws_access_key_id in its profile [" + name + "]"));
        if (source.equals(KEY_ID) && profile.property("aws_secret_access_key").isEmpty()) {
            throw unusable(file, "has no aws_secret_access_key in its profile [" + name + "]");
        }
        try {
            AwsCredentialsProvider provider = ProfileCredentialsProvider.builder()
                    .profileFile(profiles)
                    .profileName(name)
                    .build();
            return source.equals(KEY_ID) ? provider : () -> resolve(provider, name, source);
        } catch (SdkException | IllegalStateException | IllegalArgumentException failed) {
            throw failure(name, source, failed);
        }
    }

    private AwsCredentials resolve(AwsCredentialsProvider provider, String name, String source) {
        try {
            return provider.resolveCredentials();
        } catch (SdkException | IllegalStateException | IllegalArgumentException failed) {
            throw failure(name, source, failed);
        }
    }

    private MedusaException failure(String name, String source, RuntimeException failed) {
        String why = String.valueOf(
                failed.getCause() == null || failed instanceof AwsServiceException
                        ? failed.getMessage()
                        : failed.getCause().getMessage());
        return new MedusaException(
                FailureKind.STORAGE_DENIED,
                source + " in profile [" + name + "] of key_file " + file + " gave no credentials: "
                        + why.lines().findFirst().orElse(""),
                failed);
    }

    private static MedusaException unusable(Path file, String why) {
        return new MedusaException(FailureKind.CONFIG_INVALID, "key_file in [storage], " + file + ", " + why);
    }

    /** The text with sections and options at the start of their lines, names of options in lower case, and only nested ones indented. */
    private static String plain(String text) {
        StringBuilder out = new StringBuilder();
        int indent = 0;
        boolean inOption = false;
        for (String line : text.replaceFirst("^\uFEFF", "").lines().toList()) {
            String content = line.strip();
            if (content.isEmpty() || content.startsWith("#") || content.startsWith(";")) {
                continue;
            }
            int depth = line.indexOf(content);
            if (inOption && depth > indent) {
                out.append("  ").append(content).append('\n');
                continue;
            }
            indent = depth;
            inOption = !content.startsWith("[");
            out.append(inOption ? option(content) : content).append('\n');
        }
        return out.toString();
    }

    private static String option(String line) {
        int end = 0;
        while (end < line.length() && line.charAt(end) != '=' && line.charAt(end) != ':') {
            end++;
        }
        return end == line.length()
                ? line
                : line.substring(0, end).strip().toLowerCase(Locale.ROOT) + " = "
                        + line.substring(end + 1).strip();
    }
}
