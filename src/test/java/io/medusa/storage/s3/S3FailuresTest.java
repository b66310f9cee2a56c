package io.medusa.storage.s3;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.ConnectException;
import java.net.UnknownHostException;
import java.util.List;
import javax.net.ssl.SSLHandshakeException;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.core.exception.SdkClientException;

final class S3FailuresTest {
    private static String hint(boolean ofAmazon, Exception cause) {
        return new S3Failures("b", "bucket b", ofAmazon)
                .of("get", "reading a", SdkClientException.create("failed", cause))
                .getMessage();
    }

    @Test
    void noHintNamesAnOptionThatDoesNotCount() {
        for (Exception cause : List.of(
                new SSLHandshakeException("certificate unknown"),
                new ConnectException("refused"),
                new UnknownHostException("s3.nowhere.amazonaws.com"))) {
            assertThat(hint(true, cause)).doesNotContain("secure", "Check host");
        }
        assertThat(hint(true, new SSLHandshakeException("certificate unknown")))
                .isEqualTo(
                        "reading a in bucket b: no TLS connection: certificate unknown; set ca_cert in [storage] to the"
                                + " CA of the store");
        assertThat(hint(false, new SSLHandshakeException("certificate unknown")))
                .endsWith("; set ca_cert in [storage] to the CA of the store, or secure to False for plain HTTP");
        assertThat(hint(false, new ConnectException("refused"))).contains("Check host, port and secure");
    }
}
