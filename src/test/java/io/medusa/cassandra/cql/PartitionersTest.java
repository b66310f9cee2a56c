package io.medusa.cassandra.cql;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PartitionersTest {
    @Test
    void tokensThatAreNumbersAreSupported() {
        assertThatCode(() -> {
                    CqlDescription.checkPartitioner("org.apache.cassandra.dht.Murmur3Partitioner");
                    CqlDescription.checkPartitioner("org.apache.cassandra.dht.RandomPartitioner");
                })
                .doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ByteOrderedPartitioner", "OrderPreservingPartitioner"})
    void allOthersAreRefusedInOneLine(String name) {
        assertThatThrownBy(() -> CqlDescription.checkPartitioner("org.apache.cassandra.dht." + name))
                .isInstanceOfSatisfying(
                        MedusaException.class, refused -> org.assertj.core.api.Assertions.assertThat(refused.kind())
                                .isEqualTo(FailureKind.REFUSED))
                .hasMessageStartingWith("this cluster uses " + name + ". Only Murmur3Partitioner");
    }
}
