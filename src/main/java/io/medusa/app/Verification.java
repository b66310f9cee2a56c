package io.medusa.app;

import io.medusa.error.MedusaException;
import io.medusa.model.BackupName;
import io.medusa.repository.Verifications;
import io.medusa.verify.VerifyBackup;
import java.time.Clock;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Compares backups with the storage, measured, and records in the bucket that it was done. */
public final class Verification {
    private static final Logger LOG = LoggerFactory.getLogger(Verification.class);

    private final VerifyBackup flow;
    private final Measured measured;
    private final Verifications record;
    private final Clock clock;

    Verification(VerifyBackup flow, Measured measured, Verifications record, Clock clock) {
        this.flow = flow;
        this.measured = measured;
        this.record = record;
        this.clock = clock;
    }

    /** Compares; where the bucket cannot be written to, nothing is recorded. */
    public VerifyBackup.Report run(VerifyBackup.Request request) {
        VerifyBackup.Report report = measured.verify(flow, request);
        Map<BackupName, Verifications.Verification> made = new HashMap<>();
        report.results().stream()
                .filter(VerifyBackup.Result::isComplete)
                .forEach(result -> made.put(
                        result.backup().name(),
                        new Verifications.Verification(
                                clock.instant(),
                                request.level().name().toLowerCase(Locale.ROOT),
                                result.findings().size())));
        if (made.isEmpty()) {
            return report;
        }
        try {
            // all that were compared are all that there are
            record.note(made, request.name().isEmpty() ? Optional.of(compared(report)) : Optional.empty());
        } catch (MedusaException denied) {
            // whoever verifies need not be allowed to write
            LOG.debug("Cannot record the verification in the bucket: {}", denied.getMessage());
        }
        return report;
    }

    private static Set<BackupName> compared(VerifyBackup.Report report) {
        return report.results().stream().map(result -> result.backup().name()).collect(Collectors.toSet());
    }
}
