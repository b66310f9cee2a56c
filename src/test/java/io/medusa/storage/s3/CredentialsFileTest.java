package io.medusa.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.MedusaException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.auth.credentials.AwsCredentials;

final class CredentialsFileTest {
    @TempDir
    Path directory;

    private AwsCredentials credentials(String text, String profile) throws IOException {
        return read(text).of(profile).resolveCredentials();
    }

    private CredentialsFile read(String text) throws IOException {
        return CredentialsFile.read(Files.writeString(directory.resolve("credentials"), text), Optional.empty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[default]\naws_access_key_id = AK\naws_secret_access_key = SK\n",
                "[default]\n    aws_access_key_id = AK\n    aws_secret_access_key = SK\n",
                "  [default]\n  aws_access_key_id = AK\n  aws_secret_access_key = SK\n",
                "[default]\nAWS_ACCESS_KEY_ID = AK\nAWS_SECRET_ACCESS_KEY = SK\n",
                "[default]\r\nAws_Access_Key_Id=AK\r\nAws_Secret_Access_Key=SK\r\n",
                "\uFEFF[default]\naws_access_key_id: AK\naws_secret_access_key : SK\n",
                "; comment\n[default]\n\t# another\n\taws_access_key_id=AK\n\n\taws_secret_access_key=SK",
                "[default]\naws_access_key_id = AK\ns3 =\n    max_concurrency = 3\naws_secret_access_key = SK\n"
            })
    void whatThePythonMedusaReadsIsRead(String text) throws IOException {
        AwsCredentials credentials = credentials(text, "default");
        assertThat(credentials.accessKeyId()).isEqualTo("AK");
        assertThat(credentials.secretAccessKey()).isEqualTo("SK");
    }

    @Test
    void delimitersInSecretsAreParts() throws IOException {
        assertThat(credentials("[p]\naws_access_key_id = AK\naws_secret_access_key = a=b:c/+==\n", "p")
                        .secretAccessKey())
                .isEqualTo("a=b:c/+==");
    }

    @Test
    void whatIsMissingIsNamed() {
        assertThatThrownBy(() -> credentials("[default]\naws_access_key_id = AK\n", "default"))
                .hasMessageContaining("key_file in [storage], " + directory.resolve("credentials"))
                .hasMessageContaining("has no aws_secret_access_key in its profile [default]");
        assertThatThrownBy(() -> credentials("[default]\nregion = x\n", "default"))
                .hasMessageContaining("has no aws_access_key_id in its profile [default]");
        assertThatThrownBy(() -> credentials("[default]\naws_access_key_id = AK\n", "backup"))
                .hasMessageContaining("has no profile [backup], only default. Set api_profile in [storage]");
        assertThatThrownBy(() -> read("[default]\nnonsense\n")).hasMessageContaining("must have lines [default]");
    }

    @Test
    void aProcessGivesCredentialsOrItsFailureIsNamed() throws IOException {
        Path program = script("echo '{\"Version\": 1, \"AccessKeyId\": \"AK\", \"SecretAccessKey\": \"SK\"}'");
        assertThat(credentials("[default]\n  credential_process = " + program + "\n", "default")
                        .accessKeyId())
                .isEqualTo("AK");
        Path failing = script("echo no ticket >&2; exit 3");
        assertThatThrownBy(() -> credentials("[default]\nCREDENTIAL_PROCESS = " + failing + "\n", "default"))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("credential_process in profile [default] of key_file")
                .hasMessageContaining("gave no credentials: ")
                .hasMessageContaining("no ticket");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SECRET",
                "{\"Version\": 1, \"SecretAccessKey\": SECRET}",
                "{\"Version\": 1, \"AccessKeyId\": \"A\", \"SecretAccessKey\": \"S\", \"Expiration\": \"SECRET\"}"
            })
    void whatAProcessPrintsIsNotQuoted(String output) throws IOException {
        Path program = script("echo '" + output + "'");
        assertThatThrownBy(() -> credentials("[default]\ncredential_process = " + program + "\n", "default"))
                .isInstanceOf(MedusaException.class)
                .hasMessageEndingWith("gave no credentials: credential_process did not print the expected JSON")
                .hasMessageNotContaining("SECRET")
                .hasNoCause();
    }

    private Path script(String text) throws IOException {
        Path program = Files.writeString(directory.resolve("program"), "#!/bin/sh\n" + text + "\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        return program;
    }

    @Test
    void aRoleIsAssumedWithTheKeysOfItsSource() throws IOException {
        String text = "[default]\nrole_arn = arn:aws:iam::1:role/r\nsource_profile = keys\nregion = eu-west-1\n"
                + "[keys]\naws_access_key_id = AK\naws_secret_access_key = SK\n";
        // asking for credentials would ask Amazon
        assertThat(read(text).of("default")).isNotNull();
        assertThatThrownBy(() -> credentials(text.replace("= keys", "= nobody"), "default"))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("role_arn in profile [default] of key_file");
    }
}
