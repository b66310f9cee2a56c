package io.medusa.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.model.NodeName;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

final class DoctorRequestTest {
    @Test
    void aCheckOfTheStoreOnlyLeavesTheNodeAlone() {
        Doctor.Request all = new Doctor.Request(new NodeName("n1"), "", true, true, false, Path.of("/tmp"));
        assertThat(all.andRestore().withRestore()).isTrue();
        assertThat(all.withoutNode().andRestore().withRestore()).isFalse();
        assertThat(all.andRestore().withoutNode().withRestore()).isFalse();
    }
}
