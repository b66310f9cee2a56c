package io.medusa.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Rate and ETA of a transfer. */
final class MeterTest {
    private static final long MB = 1 << 20;

    private final AtomicLong seconds = new AtomicLong();

    private Meter meter(long filesDone, long bytesDone) {
        return new Meter(
                "Uploading", 10, 1000 * MB, filesDone, bytesDone, () -> TimeUnit.SECONDS.toNanos(seconds.get()));
    }

    @Test
    void theEtaFollowsTheRateOfTheLastHalfMinute() {
        Meter meter = meter(0, 0);
        assertThat(meter.text()).isEqualTo("0 of 10 files, 0.00 B of 1000.00 MB");
        for (int i = 0; i < 60; i++) {
            seconds.incrementAndGet();
            meter.moved(MB);
            meter.text();
        }
        assertThat(meter.text()).isEqualTo("0 of 10 files, 60.00 MB of 1000.00 MB, 1.00 MB/s, ETA 15 minutes");
        for (int i = 0; i < 60; i++) {
            seconds.incrementAndGet();
            meter.moved(10 * MB);
            meter.text();
        }
        meter.done();
        assertThat(meter.text()).isEqualTo("1 of 10 files, 660.00 MB of 1000.00 MB, 10.00 MB/s, ETA 34 s");
        assertThat(meter.percent()).isEqualTo(66);
        seconds.addAndGet(1000);
        meter.text();
        seconds.addAndGet(1);
        assertThat(meter.text()).as("nothing moves").isEqualTo("1 of 10 files, 660.00 MB of 1000.00 MB, 0.00 B/s");
    }

    @Test
    void whatWasDoneBeforeSomebodyListenedIsNotPartOfTheRate() {
        Meter meter = meter(9, 900 * MB);
        seconds.addAndGet(10);
        meter.set(9, 910 * MB);
        assertThat(meter.text()).isEqualTo("9 of 10 files, 910.00 MB of 1000.00 MB, 1.00 MB/s, ETA 1 minute");
    }

    @Test
    void aTransferWithoutBytesIsMeasuredByItsFiles() {
        Meter meter = new Meter("Checking", 4, 0);
        meter.done();
        assertThat(meter.percent()).isEqualTo(25);
        assertThat(new Meter("Preparing", 0, 0).percent()).isEqualTo(100);
    }
}
