package io.medusa.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.medusa.storage.ObjectStorage;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A method that is not passed on would get the interface's default, and a double would test something else. */
final class ForwardingObjectStorageTest {
    static Stream<Method> methods() {
        return Arrays.stream(ObjectStorage.class.getMethods())
                .filter(method -> !Modifier.isStatic(method.getModifiers()));
    }

    @ParameterizedTest
    @MethodSource("methods")
    void everyMethodIsPassedOn(Method method) {
        List<Method> own = Arrays.stream(ForwardingObjectStorage.class.getDeclaredMethods())
                .filter(candidate -> candidate.getName().equals(method.getName())
                        && Arrays.equals(candidate.getParameterTypes(), method.getParameterTypes()))
                .toList();
        assertThat(own).as(method.toString()).hasSize(1);
    }
}
