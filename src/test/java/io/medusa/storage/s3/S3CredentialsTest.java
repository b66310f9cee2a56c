package io.medusa.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.MedusaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;

/** Which credentials count, where {@code key_file}, the configuration of Amazon's tools and the environment name different ones. */
final class S3CredentialsTest {
    private static final String KEYS = "aws_access_key_id = AK\naws_secret_access_key = SK\n";

    @TempDir
    Path directory;

    private AwsCredentialsProvider provider(String keyFile, String configuration, Optional<String> profile)
            throws IOException {
        return provider(keyFile, configuration, profile, Map.of());
    }

    private AwsCredentialsProvider provider(
            String keyFile, String configuration, Optional<String> profile, Map<String, String> environment)
            throws IOException {
        Path file = Files.writeString(directory.resolve("credentials"), keyFile);
        Path config = Files.writeString(directory.resolve("config"), configuration);
        return S3Clients.credentials(
                new S3Settings.Credentials(Optional.of(file), profile), environment, Optional.of(config));
    }

    private Path process(String id) throws IOException {
        Path program = Files.writeString(
                directory.resolve(id),
                "#!/bin/sh\necho '{\"Version\": 1, \"AccessKeyId\": \"" + id + "\", \"SecretAccessKey\": \"S\"}'\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        return program;
    }

    /** {@code |} is the end of a line, {@code P} a program that gives the key "process". */
    @ParameterizedTest
    @CsvSource({
        // what is in the file is not replaced
        "[default]|K, [default]|credential_process = P, AK",
        "[default]|K, [profile default]|credential_process = P, AK",
        "[default]|K, [default]|sso_start_url = https://x|sso_region = r|sso_account_id = 1|sso_role_name = n, AK",
        "[default]|K, [default]|sso_session = s|[sso-session s]|sso_start_url = https://x|sso_region = r, AK",
        "[default]|K, [default]|region = eu-west-1|s3 =|  max_concurrency = 3, AK",
        "[default]|credential_process = P, [default]|aws_access_key_id = X|aws_secret_access_key = Y, process",
        "[default]|K, [default]|aws_access_key_id = X|aws_secret_access_key = Y|aws_session_token = Z, AK",
        "[default]|K, '  [default]|  Region : eu-west-1', AK",
        // what the file leaves open is taken from the configuration
        "[default]|region = r, [default]|credential_process = P, process",
    })
    void theFileCountsMoreThanTheConfiguration(String keyFile, String configuration, String id) throws IOException {
        Path program = process("process");
        assertThat(provider(text(keyFile, program), text(configuration, program), Optional.empty())
                        .resolveCredentials()
                        .accessKeyId())
                .isEqualTo(id);
    }

    @ParameterizedTest
    @CsvSource({
        "'', ''",
        "# nothing but this, [default]|region = eu-west-1",
        "'', [default]|region = eu-west-1",
        "[other]|K, [default]|region = eu-west-1",
        "[default], ''",
        "[default]|region = eu-west-1, [default]|region = eu-west-1",
    })
    void aFileWithoutCredentialsLeavesItToTheMachine(String keyFile, String configuration) throws IOException {
        assertThat(provider(text(keyFile, directory), text(configuration, directory), Optional.empty()))
                .isInstanceOf(DefaultCredentialsProvider.class);
    }

    @Test
    void aRoleOfTheConfigurationIsAssumedWithTheKeysOfTheFile() throws IOException {
        // as in botocore; its other sources stay out
        assertThatThrownBy(() -> provider(
                                "[default]\n" + KEYS,
                                "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = nobody\n"
                                        + "credential_process = /bin/false\n",
                                Optional.empty())
                        .resolveCredentials())
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("role_arn in profile [default] of key_file");
    }

    @Test
    void aNamedProfileMustGiveCredentials() throws IOException {
        Path program = process("process");
        assertThat(provider(
                                "[default]\n" + KEYS,
                                "[profile backup]\ncredential_process = " + program + "\n",
                                Optional.of("backup"))
                        .resolveCredentials()
                        .accessKeyId())
                .isEqualTo("process");
        assertThatThrownBy(() -> provider("[backup]\nregion = r\n", "", Optional.of("backup")))
                .hasMessageContaining("has no aws_access_key_id in its profile [backup]");
    }

    @Test
    void onlyAnEnvironmentWithAKeyCountsMoreThanTheFile() throws IOException {
        for (String empty : new String[] {"", " "}) {
            assertThat(provider("[default]\n" + KEYS, "", Optional.empty(), Map.of("AWS_ACCESS_KEY_ID", empty))
                            .resolveCredentials()
                            .accessKeyId())
                    .isEqualTo("AK");
        }
        assertThat(provider("[default]\n" + KEYS, "", Optional.empty(), Map.of("AWS_ACCESS_KEY_ID", "X")))
                .isInstanceOf(EnvironmentVariableCredentialsProvider.class);
    }

    private static String text(String shorthand, Path program) {
        return shorthand
                .replace("|K", "|" + KEYS)
                .replace("= P", "= " + program)
                .replace('|', '\n');
    }
}
