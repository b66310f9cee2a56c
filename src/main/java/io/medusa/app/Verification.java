package io.medusa.app;

import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.os.ProcessIdentity;
import io.medusa.repository.Bucket;
import io.medusa.repository.VerificationClaim;
import io.medusa.repository.VerificationState;
import io.medusa.repository.VerificationState.Round;
import io.medusa.repository.Verifications;
import io.medusa.verify.Level;
import io.medusa.verify.VerifyBackup;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares backups with the storage, measured, and remembers in the bucket what was found. */
public final class Verification {
    private static final Logger LOG = LoggerFactory.getLogger(Verification.class);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(500);

    private final VerifyBackup flow;
    private final Measured measured;
    private final Hooked hooked;
    private final Bucket bucket;
    private final Verifications records;
    private final Clock clock;

    Verification(VerifyBackup flow, Measured measured, Hooked hooked, Bucket bucket) {
        this.flow = flow;
        this.measured = measured;
        this.hooked = hooked;
        this.bucket = bucket;
        this.records = new Verifications(bucket);
        this.clock = bucket.clock();
    }

    /**
     * A verification.
     *
     * @param report what was found
     * @param took how long it took
     * @param recorded whether the bucket remembers it
     */
    public record Outcome(VerifyBackup.Report report, Duration took, boolean recorded) {}

    /**
     * A verification of all backups that is done once, although every node wants it.
     *
     * @param outcome empty if it was not done, because a recent one is enough or another host is doing it
     * @param reason why it was not done
     */
    public record Shared(Optional<Outcome> outcome, String reason, VerificationState state) {}

    /** Compares; where the bucket cannot be written to, nothing is remembered. */
    public Outcome run(VerifyBackup.Request request) {
        return hooked.verify(request, () -> compare(request), Outcome::report);
    }

    private Outcome compare(VerifyBackup.Request request) {
        Instant began = Instant.ofEpochSecond(clock.instant().getEpochSecond());
        long ticks = System.nanoTime();
        VerificationState known = records.state();
        VerifyBackup.Report report = flow.run(request, known.open(), began);
        boolean recorded = record(request, report, began);
        measured.verified(report, recorded ? Optional.of(records.stateOfExisting()) : Optional.empty());
        return new Outcome(report, Duration.ofNanos(System.nanoTime() - ticks), recorded);
    }

    /**
     * Verifies all backups, unless one of that level or deeper began within the time, or is running on another host.
     *
     * @param within the age from which on the last one is too old
     */
    public Shared runUnlessRecent(VerifyBackup.Request request, Duration within) {
        Optional<Shared> enough = recent(request.level(), within);
        if (enough.isPresent()) {
            return enough.get();
        }
        VerificationClaim.Attempt attempt;
        try {
            attempt = VerificationClaim.take(bucket, BETWEEN_LOOKS);
        } catch (MedusaException denied) {
            if (denied.kind() == FailureKind.INTERRUPTED) {
                throw denied;
            }
            LOG.warn(
                    "Other nodes may verify the same backups at the same time, because the bucket cannot be written to: {}",
                    denied.getMessage());
            attempt = new VerificationClaim.Attempt(Optional.empty(), Optional.empty());
        }
        if (attempt.holder().isPresent()) {
            VerificationClaim.Holder holder = attempt.holder().get();
            return skipped("host " + holder.host() + " has been verifying all backups since " + holder.since());
        }
        try {
            // one that has just finished
            enough = recent(request.level(), within);
            return enough.orElseGet(() -> new Shared(Optional.of(run(request)), "", VerificationState.NONE));
        } finally {
            attempt.claim().ifPresent(VerificationClaim::close);
        }
    }

    private Optional<Shared> recent(Level level, Duration within) {
        VerificationState state = records.state();
        Instant earliest = clock.instant().minus(within);
        return state.rounds().entrySet().stream()
                .filter(round -> Level.of(round.getKey())
                        .filter(deep -> deep.compareTo(level) >= 0)
                        .isPresent())
                .filter(round -> round.getValue().at().isAfter(earliest))
                .max(Comparator.comparing(round -> round.getValue().at()))
                .map(round -> skipped("host " + round.getValue().host() + " verified all backups on "
                        + round.getValue().at() + " (" + round.getKey() + ")"));
    }

    private Shared skipped(String reason) {
        VerificationState state = records.stateOfExisting();
        measured.verified(state);
        return new Shared(Optional.empty(), reason, state);
    }

    private boolean record(VerifyBackup.Request request, VerifyBackup.Report report, Instant began) {
        Map<BackupName, VerificationState.Result> results = new HashMap<>();
        report.results().stream()
                .filter(VerifyBackup.Result::isComplete)
                .forEach(result -> results.put(
                        result.backup().name(),
                        new VerificationState.Result(
                                began,
                                result.findings().stream()
                                        .filter(finding -> finding.isConfirmed())
                                        .count())));
        if (results.isEmpty() && report.put().isEmpty() && report.cleared().isEmpty()) {
            return true;
        }
        Optional<Round> round = request.name().isEmpty()
                ? Optional.of(new Round(
                        began, ProcessIdentity.own().host(), report.results().size()))
                : Optional.empty();
        try {
            records.record(
                    new Verifications.Change(results, request.level().word(), report.cleared(), report.put(), round),
                    clock.instant());
            return true;
        } catch (MedusaException denied) {
            if (denied.kind() == FailureKind.INTERRUPTED) {
                throw denied;
            }
            LOG.warn(
                    "The result of this verification is not remembered, because the bucket cannot be written to: {}",
                    denied.getMessage());
            return false;
        }
    }
}
