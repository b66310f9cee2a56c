package io.medusa.storage.azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.Secret;
import io.medusa.storage.ObjectKey;
import io.medusa.storage.ObjectStorage;
import io.medusa.storage.ObjectStorageContract;
import io.medusa.testing.Emulators;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The contract on Azurite. */
final class AzureStorageTest extends ObjectStorageContract {
    private AzureStorage storage;

    @BeforeEach
    void open() {
        storage = storage(Emulators.newContainer(), Emulators.KEY);
    }

    private static AzureStorage storage(String container, String key) {
        return new AzureStorage(new AzureSettings(
                container,
                Emulators.ACCOUNT,
                Emulators.azurite() + "/" + Emulators.ACCOUNT,
                Optional.of(new Secret(key)),
                true,
                Optional.empty(),
                Optional.empty(),
                4 << 20,
                1 << 20,
                Duration.ofSeconds(30)));
    }

    @Override
    protected ObjectStorage storage() {
        return storage;
    }

    @Override
    protected int multipartSize() {
        return 5 << 20;
    }

    @Test
    void wrongKeysAreAnErrorAndNeverAbsence() {
        String other = Base64.getEncoder()
                .encodeToString(
                        "another key than that of the account".getBytes(java.nio.charset.StandardCharsets.UTF_8));
        AzureStorage wrong = storage("container", other);
        fails(FailureKind.STORAGE_DENIED, "access denied", () -> wrong.stat(new ObjectKey("a")));
        fails(FailureKind.STORAGE_DENIED, "access denied", () -> wrong.open(new ObjectKey("a")));
        fails(FailureKind.STORAGE_DENIED, "access denied", () -> wrong.list("").toList());
    }

    @Test
    void aMissingContainerIsAnErrorAndNeverAbsence() {
        AzureStorage missing = storage("no-such-container", Emulators.KEY);
        fails(FailureKind.STORAGE_UNAVAILABLE, "", () -> missing.stat(new ObjectKey("a")));
        fails(FailureKind.STORAGE_UNAVAILABLE, "does not exist", () -> missing.open(new ObjectKey("a")));
        fails(FailureKind.STORAGE_UNAVAILABLE, "does not exist", () -> missing.list("")
                .toList());
    }

    private static void fails(FailureKind kind, String words, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(MedusaException.class, failed -> {
            assertThat(failed.kind()).as(failed.getMessage()).isEqualTo(kind);
            assertThat(failed.getMessage()).contains(words);
        });
    }
}
