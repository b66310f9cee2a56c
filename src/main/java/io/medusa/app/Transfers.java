package io.medusa.app;

import io.medusa.config.MedusaConfig;
import io.medusa.model.WeeklyTime;
import io.medusa.transfer.Bandwidth;
import io.medusa.transfer.Heartbeat;
import io.medusa.transfer.Pace;
import io.medusa.transfer.Progress;
import io.medusa.transfer.TransferPool;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The transfer pools of one call. They share its bandwidth, which follows the configuration file while something moves. */
final class Transfers implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Transfers.class);
    private static final Duration CONFIG_POLL = Duration.ofSeconds(5);
    private static final Duration LATEST_PACE = Duration.ofHours(12);

    private final Opened opened;
    private final Progress progress;
    private final Supplier<Optional<MedusaConfig.Storage>> reread;
    private final Bandwidth bandwidth;
    private @Nullable Heartbeat configWatch;

    Transfers(Opened opened, Progress progress, Supplier<Optional<MedusaConfig.Storage>> reread) {
        this.opened = opened;
        this.progress = progress;
        this.reread = reread;
        this.bandwidth = new Bandwidth(opened.config.storage().bandwidth());
    }

    /** A pool for one flow: its threads live only while something moves. */
    TransferPool pool() {
        return pool(false, progress);
    }

    /** A pool for work at full speed beside a running database. */
    TransferPool unpacedPool() {
        return pool(true, progress);
    }

    /**
     * A pool for uploads beside a running database.
     *
     * @param finishBy local time to be done by, instead of the one in the configuration
     */
    TransferPool pacedPool(Optional<LocalTime> finishBy) {
        Progress shown = end(finishBy)
                .<Progress>map(end -> new Pace(progress, "Uploading", bandwidth, end, opened.clock))
                .orElse(progress);
        return pool(true, shown);
    }

    private TransferPool pool(boolean besideTheDatabase, Progress shown) {
        if (configWatch == null) {
            configWatch = Heartbeat.start(CONFIG_POLL, this::followConfig, failed -> LOG.debug("", failed));
        }
        return new TransferPool(
                Stores.concurrency(opened.config.storage(), opened.storage), bandwidth, besideTheDatabase, shown);
    }

    /** Somebody who edits the limit while something moves means it for that. */
    private void followConfig() {
        reread.get().ifPresent(now -> {
            if (!now.bandwidth().equals(bandwidth.limit())) {
                bandwidth.limit(now.bandwidth());
                LOG.info(
                        "transfer_max_bandwidth is now {}",
                        now.bandwidth().isPresent() ? now.bandwidth().getAsLong() + " bytes a second" : "unlimited");
            }
        });
    }

    /** The next time the local clock shows that, unless it has just passed: a backup that starts late must not crawl until tomorrow. */
    private Optional<Instant> end(Optional<LocalTime> finishBy) {
        return finishBy.or(() -> opened.config.storage().finishBy()).flatMap(time -> {
            ZonedDateTime now = ZonedDateTime.now(opened.clock.withZone(ZoneId.systemDefault()));
            ZonedDateTime end = new WeeklyTime(Optional.empty(), time).after(now);
            if (Duration.between(now, end).compareTo(LATEST_PACE) > 0) {
                LOG.warn("finish_by {} has passed: uploading at full speed", time);
                return Optional.empty();
            }
            LOG.info(
                    "Pacing the upload to finish by {}, at no less than {} MB/s",
                    end.toOffsetDateTime(),
                    Pace.FLOOR / 1_000_000);
            return Optional.of(end.toInstant());
        });
    }

    @Override
    public void close() {
        if (configWatch != null) {
            configWatch.close();
        }
    }
}
