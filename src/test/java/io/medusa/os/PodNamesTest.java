package io.medusa.os;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.MedusaException;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Names of pods from a name server that answers as the cluster's DNS does. */
final class PodNamesTest {
    private static final int NO_SUCH_NAME = 3;
    private static final int SERVER_FAILURE = 2;

    private final AtomicInteger asked = new AtomicInteger();
    private DatagramSocket socket;
    private volatile int failures;
    private volatile int code;
    private volatile List<String> names = List.of();

    @BeforeEach
    void start() throws IOException {
        socket = new DatagramSocket(0, InetAddress.getLoopbackAddress());
        Thread server = new Thread(this::answer, "dns");
        server.setDaemon(true);
        server.start();
    }

    @AfterEach
    void stop() {
        socket.close();
    }

    private String nameOf(String address) {
        return new PodNames("dns://127.0.0.1:" + socket.getLocalPort(), Duration.ofMillis(1), 6).nameOf(address);
    }

    @Test
    void theFirstLabelThatIsNotAnAddress() {
        names = List.of("10-244-0-11.svc.ns.svc.cluster.local", "dc1-rack1-sts-0.all.ns.svc.cluster.local");
        assertThat(nameOf("10.244.0.11")).isEqualTo("dc1-rack1-sts-0");
        names = List.of("2001-db8-85a3-8d3-1319-8a2e-370-7348.svc", "10-244-0-11.svc");
        assertThat(nameOf("10.244.0.11")).isEqualTo("10.244.0.11");
    }

    @Test
    void aRecordThatAppearsLaterIsWaitedFor() {
        names = List.of("dc1-rack1-sts-0.svc");
        code = NO_SUCH_NAME;
        failures = 3;
        assertThat(nameOf("10.244.0.11")).isEqualTo("dc1-rack1-sts-0");
        assertThat(asked).hasValue(4);
    }

    @Test
    void aFailedLookUpIsNoName() {
        failures = Integer.MAX_VALUE;
        code = NO_SUCH_NAME;
        assertThatThrownBy(() -> nameOf("10.244.0.11"))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("10.244.0.11")
                .hasMessageContaining("no PTR record");
        code = SERVER_FAILURE;
        assertThatThrownBy(() -> nameOf("10.244.0.11"))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("does not answer");
        code = 0;
        failures = 0;
        names = List.of();
        assertThatThrownBy(() -> nameOf("10.244.0.11"))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("no PTR record");
    }

    @Test
    void aPeerThatIsDownDoesNotKeepOthersFromBeingBackedUp() {
        names = List.of("dc1-rack1-sts-0.svc");
        for (int how : new int[] {NO_SUCH_NAME, SERVER_FAILURE}) {
            code = how;
            asked.set(0);
            failures = 3;
            assertThat(nameOfPeer("10.244.0.12")).as("code %s", how).isEqualTo("10.244.0.12");
            assertThat(asked).hasValue(4);
            // this pod has no name either
            failures = Integer.MAX_VALUE;
            assertThatThrownBy(() -> nameOfPeer("10.244.0.12"))
                    .isInstanceOf(MedusaException.class)
                    .hasMessageContaining("10.244.0.11");
        }
    }

    private String nameOfPeer(String address) {
        return new PodNames("dns://127.0.0.1:" + socket.getLocalPort(), Duration.ofMillis(1), 3)
                .nameOfPeer(address, "10.244.0.11");
    }

    @Test
    void aNameThatACloudMadeOfTheAddressIsNoPodsName() {
        names = List.of("ip-10-244-0-11.eu-west-1.compute.internal");
        assertThatThrownBy(() -> nameOf("10.244.0.11"))
                .isInstanceOf(MedusaException.class)
                .hasMessageContaining("no PTR record of it with the pod's name");
        names = List.of("ip-10-244-0-11.compute.internal", "dc1-rack1-sts-0.svc");
        assertThat(nameOf("10.244.0.11")).isEqualTo("dc1-rack1-sts-0");
        assertThat(nameOf("10.244.0.12")).as("another's").isEqualTo("ip-10-244-0-11");
    }

    @Test
    void namesAreNotLookedUp() {
        assertThat(nameOf("cassandra-0")).isEqualTo("cassandra-0");
        assertThat(asked).hasValue(0);
    }

    /** Repeats the question with its answers (RFC 1035 4). */
    private void answer() {
        byte[] buffer = new byte[512];
        while (true) {
            DatagramPacket question = new DatagramPacket(buffer, buffer.length);
            try {
                socket.receive(question);
                int result = asked.incrementAndGet() <= failures ? code : 0;
                byte[] answer = answer(question.getData(), result);
                socket.send(new DatagramPacket(answer, answer.length, question.getSocketAddress()));
            } catch (SocketException closed) {
                return;
            } catch (IOException failed) {
                throw new java.io.UncheckedIOException(failed);
            }
        }
    }

    private byte[] answer(byte[] question, int result) throws IOException {
        int end = 12;
        while (question[end] != 0) {
            end += question[end] + 1;
        }
        end += 5;
        List<String> found = result == 0 ? names : List.of();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(bytes);
        out.write(question, 0, 2);
        out.writeShort(0x8580 | result);
        out.writeShort(1);
        out.writeShort(found.size());
        out.writeInt(0);
        out.write(question, 12, end - 12);
        for (String name : found) {
            out.writeShort(0xc00c);
            out.writeShort(12);
            out.writeShort(1);
            out.writeInt(5);
            ByteArrayOutputStream data = new ByteArrayOutputStream();
            for (String label : name.split("\\.")) {
                data.write(label.length());
                data.write(label.getBytes(StandardCharsets.US_ASCII));
            }
            data.write(0);
            out.writeShort(data.size());
            data.writeTo(out);
        }
        return bytes.toByteArray();
    }
}
