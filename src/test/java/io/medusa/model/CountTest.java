package io.medusa.model;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CountTest {
    @ParameterizedTest
    @CsvSource({"0, 0 files", "1, 1 file", "2, 2 files", "11, 11 files"})
    void oneIsSingular(long number, String expected) {
        assertThat(Count.of(number, "file")).isEqualTo(expected);
    }
}
