package io.medusa.storage.s3;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.os.SmallFiles;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
    private static final String ROLE = "role_arn";
    private static final String KEY_ID = "aws_access_key_id";
    /** What a profile can get its credentials from, in the order in which Amazon's tools look. */
    private static final List<String> SOURCES = List.of(
            ROLE,
            KEY_ID,
            "credential_process",
            "credential_source",
            "web_identity_token_file",
            "sso_session",
            "sso_start_url",
            "login_session");

    /** Sources that a profile of the file does not take from the configuration, beside a role. */
    private static final Pattern OTHER_SOURCE = Pattern.compile("(credential_process|sso_\\w+|login_session) = .*");

    private static final Pattern PROFILE = Pattern.compile("\\[\\s*(?:profile\\s+)?([^\\]]+?)\\s*\\].*");

    private final Path file;
    private final ProfileFile own;
    private final ProfileFile profiles;

    private CredentialsFile(Path file, ProfileFile own, ProfileFile profiles) {
        this.file = file;
        this.own = own;
        this.profiles = profiles;
    }

    /**
     * Reads the file, and what the user's own configuration of Amazon's tools adds to it: profiles that are not in the file, the sources of
     * profiles that have none in the file, and the roles of profiles. It does not replace credentials that are in the file.
     *
     * @param configuration such as {@code ~/.aws/config}
     */
    static CredentialsFile read(Path file, Optional<Path> configuration) {
        ProfileFile own;
        try {
            own = parsed(plain(SmallFiles.text(file)), ProfileFile.Type.CREDENTIALS);
        } catch (IOException | IllegalArgumentException | UncheckedIOException malformed) {
            // the cause is not kept: it may quote what should be a secret
            throw unusable(file, "must have lines [default], aws_access_key_id = ... and aws_secret_access_key = ...");
        }
        ProfileFile.Aggregator all = ProfileFile.aggregator().addFile(own);
        configuration.ifPresent(path -> all.addFile(additions(path, own)));
        return new CredentialsFile(file, own, all.build());
    }

    private static ProfileFile additions(Path configuration, ProfileFile own) {
        try {
            String text = plain(SmallFiles.text(configuration));
            ProfileFile whole = parsed(text, ProfileFile.Type.CONFIGURATION);
            StringBuilder kept = new StringBuilder();
            boolean ofOwn = false;
            boolean wanted = true;
            for (String line : text.lines().toList()) {
                Matcher section = PROFILE.matcher(line);
                if (section.matches()) {
                    String name = section.group(1);
                    ofOwn = own.profile(name).flatMap(CredentialsFile::source).isPresent();
                    wanted = !ofOwn
                            || whole.profile(name)
                                    .filter(profile -> profile.property(ROLE).isPresent())
                                    .isPresent();
                }
                if (wanted && !(ofOwn && OTHER_SOURCE.matcher(line).matches())) {
                    kept.append(line).append('\n');
                }
            }
            return parsed(kept.toString(), ProfileFile.Type.CONFIGURATION);
        } catch (IOException | IllegalArgumentException | UncheckedIOException malformed) {
            // the cause is not kept: it may quote what should be a secret
            throw new MedusaException(
                    FailureKind.CONFIG_INVALID, configuration + " is not a configuration file of Amazon's tools");
        }
    }

    private static ProfileFile parsed(String text, ProfileFile.Type type) {
        return ProfileFile.builder()
                .content(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)))
                .type(type)
                .build();
    }

    private static Optional<String> source(Profile profile) {
        return SOURCES.stream()
                .filter(option -> profile.property(option).isPresent())
                .findFirst();
    }

    /** Whether the file itself has this profile, and credentials for it can be got. */
    boolean has(String name) {
        return own.profile(name).isPresent()
                && profiles.profile(name).flatMap(CredentialsFile::source).isPresent();
    }

    /** The credentials of a profile, which must be there. Failures name the profile, and what it gets its credentials from. */
    AwsCredentialsProvider of(String name) {
        Profile profile = profiles.profile(name)
                .orElseThrow(() -> unusable(
                        file,
                        "has no profile [" + name + "], only "
                                + String.join(", ", profiles.profiles().keySet())
                                + ". Set api_profile in [storage]"));
        String source = source(profile)
                .orElseThrow(() -> unusable(file, "has no aws_access_key_id in its profile [" + name + "]"));
        if (source.equals(KEY_ID) && profile.property("aws_secret_access_key").isEmpty()) {
            throw unusable(file, "has no aws_secret_access_key in its profile [" + name + "]");
        }
        try {
            AwsCredentialsProvider provider = ProfileCredentialsProvider.builder()
                    .profileFile(profiles)
                    .profileName(name)
                    .build();
            return () -> resolve(provider, name, source);
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
        String begin = source + " in profile [" + name + "] of key_file " + file + " gave no credentials: ";
        if (isUnreadableOutput(failed)) {
            // the cause is not kept: it quotes what may be a secret
            return new MedusaException(
                    FailureKind.STORAGE_DENIED, begin + "credential_process did not print the expected JSON");
        }
        String why = String.valueOf(
                failed.getCause() == null || failed instanceof AwsServiceException
                        ? failed.getMessage()
                        : failed.getCause().getMessage());
        return new MedusaException(
                FailureKind.STORAGE_DENIED, begin + why.lines().findFirst().orElse(""), failed);
    }

    /** Whether this is, or wraps, what the SDK throws for output of a {@code credential_process} that it cannot parse. */
    private static boolean isUnreadableOutput(RuntimeException failed) {
        for (Throwable at = failed; at != null; at = at.getCause()) {
            if (at instanceof UncheckedIOException
                    || at instanceof DateTimeException
                    || at.getClass().getSimpleName().startsWith("Json")) {
                return true;
            }
        }
        return false;
    }

    private static MedusaException unusable(Path file, String why) {
        return new MedusaException(FailureKind.CONFIG_INVALID, "key_file in [storage], " + file + ", " + why);
    }

    /** The text with sections and options at the start of their lines, names of options in lower case, and only nested ones indented. */
    private static String plain(String text) {
        StringBuilder out = new StringBuilder();
        int indent = 0;
        boolean inOption = false;
        for (String line : text.lines().toList()) {
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
