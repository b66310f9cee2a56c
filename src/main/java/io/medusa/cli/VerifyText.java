package io.medusa.cli;

import io.medusa.app.Verification;
import io.medusa.model.BackupName;
import io.medusa.model.Count;
import io.medusa.report.Text;
import io.medusa.repository.VerificationState;
import io.medusa.verify.Finding;
import io.medusa.verify.Level;
import io.medusa.verify.VerifyBackup;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What {@code medusa verify} prints for people; {@link VerifyJson} has everything. */
final class VerifyText {
    /** Up to this number, the findings of one kind are listed one by one. */
    private static final int LISTED = 20;

    private static final int EXAMPLES = 5;
    private static final int NAMES = 10;

    private VerifyText() {}

    /** The result for one backup. */
    static List<String> of(VerifyBackup.Result result) {
        List<String> lines = new ArrayList<>();
        lines.add("Validating " + result.backup().name() + " ...");
        if (!result.isComplete()) {
            lines.add("- Completion: Not complete!");
            result.backup()
                    .incompleteNodes()
                    .forEach(node -> lines.add("  - [" + node.node() + "] Backup started at "
                            + node.started().getEpochSecond() + ", but not finished yet"));
            result.backup().missingNodes().forEach(node -> lines.add("  - [" + node + "] Backup missing"));
            if (result.problems() == 0) {
                return lines;
            }
        } else {
            lines.add("- Completion: OK!");
        }
        if (result.problems() == 0) {
            lines.add("- Manifest validated: OK!!");
        } else {
            lines.add("- Manifest validation: Failed!");
            byKind(result.findings()).values().forEach(ofKind -> addFindings(ofKind, lines));
            if (result.counted() > 0) {
                lines.add("  - " + Count.of(result.counted(), "problem")
                        + " found by earlier verifications, which are not recorded one by one");
            }
        }
        if (!result.damaged().isEmpty()) {
            lines.add("- Damaged on the node before they were backed up:");
            result.damaged().forEach(entry -> lines.add("  - [" + entry.key() + "] " + entry.damage()));
        }
        return lines;
    }

    private static Map<Finding.Kind, List<Finding>> byKind(List<Finding> findings) {
        Map<Finding.Kind, List<Finding>> byKind = new EnumMap<>(Finding.Kind.class);
        findings.forEach(finding -> byKind.computeIfAbsent(finding.kind(), absent -> new ArrayList<>())
                .add(finding));
        return byKind;
    }

    private static void addFindings(List<Finding> findings, List<String> lines) {
        int shown = findings.size() <= LISTED ? findings.size() : EXAMPLES;
        for (Finding finding : findings.subList(0, shown)) {
            lines.add("  - [" + finding.key() + "] " + finding.kind().words()
                    + finding.since()
                            .map(since -> " (found on " + Text.time(since)
                                    + " and not cleared since, which takes --level "
                                    + finding.level().word() + ")")
                            .orElse(""));
        }
        if (shown < findings.size()) {
            lines.add("  - ... and " + (findings.size() - shown) + " more: "
                    + findings.get(0).kind().words());
        }
    }

    /** What was done, in one line. */
    static String done(Verification.Outcome outcome, Level level) {
        VerifyBackup.Report report = outcome.report();
        long files = report.results().stream()
                .mapToLong(VerifyBackup.Result::objects)
                .sum();
        long bytes =
                report.results().stream().mapToLong(VerifyBackup.Result::bytes).sum();
        return "Verified " + Count.of(report.results().size(), "backup") + " at level " + level.word() + ": "
                + Count.of(files, "file") + " (" + Text.size(bytes) + "), "
                + (report.read() == 0
                        ? "no data read"
                        : Count.of(report.read(), "object") + " read (" + Text.size(report.bytesRead()) + ")")
                + ", finished in " + Text.duration(outcome.took());
    }

    /** What was found in all backups, by kind; nothing if there is nothing. */
    static List<String> problems(VerifyBackup.Report report) {
        Map<Finding.Kind, Set<String>> keys = new EnumMap<>(Finding.Kind.class);
        Map<Level, Set<String>> earlier = new TreeMap<>();
        long backups = 0;
        long counted = 0;
        for (VerifyBackup.Result result : report.results()) {
            backups += result.problems() > 0 ? 1 : 0;
            counted = Math.max(counted, result.counted());
            for (Finding finding : result.findings()) {
                keys.computeIfAbsent(finding.kind(), absent -> new HashSet<>()).add(finding.key());
                if (!finding.isConfirmed()) {
                    earlier.computeIfAbsent(finding.level(), absent -> new HashSet<>())
                            .add(finding.key());
                }
            }
        }
        List<String> lines = new ArrayList<>();
        if (backups == 0) {
            return lines;
        }
        List<String> kinds = new ArrayList<>();
        keys.forEach((kind, ofKind) -> kinds.add(kind.words() + ": " + Count.of(ofKind.size(), "object")));
        if (counted > 0) {
            kinds.add("recorded without their objects: " + Count.of(counted, "problem"));
        }
        lines.add("Found problems in " + backups + " of "
                + Count.of(report.results().size(), "backup") + " (" + String.join("; ", kinds) + ")");
        earlier.forEach((level, ofLevel) -> lines.add(Count.of(ofLevel.size(), "problem")
                + " of earlier verifications remain" + (ofLevel.size() == 1 ? "s" : "")
                + " until a check at --level " + level.word() + " finds the object good"));
        return lines;
    }

    /** Which other backups need the same damaged objects. */
    static List<String> sharing(VerifyBackup.Report report) {
        Map<Set<BackupName>, Set<String>> bySet = new LinkedHashMap<>();
        for (VerifyBackup.Result result : report.results()) {
            for (Finding finding : result.findings()) {
                Set<BackupName> others = new TreeSet<>(report.sharing().getOrDefault(finding.key(), Set.of()));
                others.remove(finding.name());
                if (!others.isEmpty()) {
                    bySet.computeIfAbsent(others, absent -> new TreeSet<>()).add(finding.key());
                }
            }
        }
        List<String> lines = new ArrayList<>();
        bySet.forEach((names, keys) -> {
            if (keys.size() <= LISTED) {
                keys.forEach(key -> lines.add(key + " also belongs to " + names(names)));
            } else {
                lines.add(keys.size() + " of these objects also belong to " + names(names));
            }
        });
        return lines;
    }

    /** What is known of a backup's verifications, for {@code medusa status}. */
    static List<String> known(VerificationState.OfBackup known) {
        List<String> lines = new ArrayList<>();
        if (!known.levels().isEmpty()) {
            lines.add("- Verified:");
            known.levels()
                    .forEach((level, result) -> lines.add("    " + level + ": " + Text.time(result.at()) + ", "
                            + (result.findings() == 0
                                    ? "no problems found"
                                    : Count.of(result.findings(), "problem") + " found")));
        }
        if (known.open() > 0) {
            lines.add("- Damaged: " + Count.of(known.open(), "problem") + " found and not cleared since."
                    + " medusa verify lists " + (known.open() == 1 ? "it" : "them"));
        }
        return lines;
    }

    private static String names(Set<BackupName> names) {
        List<BackupName> first = names.stream().limit(NAMES).toList();
        return "backups " + first + (names.size() > NAMES ? " and " + (names.size() - NAMES) + " more" : "");
    }
}
