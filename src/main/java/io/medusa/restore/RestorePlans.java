package io.medusa.restore;

import io.medusa.model.TableDirectory;
import io.medusa.restore.Placement.Placed;
import io.medusa.restore.RestorePlan.TableAction;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Summarizes what a restore will do, for people. */
final class RestorePlans {
    private RestorePlans() {}

    /** Files and bytes of one table. */
    private static final class Sum {
        private int files;
        private long bytes;
        private long missing;
        private boolean live;
        private boolean staged;
    }

    /** @param tables the swap of every table in every data directory, even if {@code plan} swaps whole data directories */
    static RestorePlan of(
            NodeRestoreRequest request,
            boolean stopsNode,
            SwapPlan plan,
            List<DirectorySwap> tables,
            RestoreInput input,
            FetchPlan files) {
        Map<TableDirectory, Sum> sums = new TreeMap<>();
        for (DirectorySwap swap : tables) {
            TableDirectory table = swap.table();
            if (table != null) {
                Sum sum = sums.computeIfAbsent(table, absent -> new Sum());
                sum.live |= Directories.exists(swap.live());
                sum.staged |= swap.staged();
            }
        }
        Set<String> missing = new HashSet<>();
        files.missing().forEach(item -> missing.add(item.entry().key()));
        for (Placed file : input.placed()) {
            Sum sum = sums.computeIfAbsent(file.table(), absent -> new Sum());
            sum.files++;
            sum.bytes += file.entry().size();
            if (missing.contains(file.entry().key())) {
                sum.missing += file.entry().size();
            }
        }
        Set<TableDirectory> inBackup = input.tables();
        return new RestorePlan(
                request.name(),
                request.selection().isAll(),
                stopsNode,
                !plan.guarded(),
                sums.entrySet().stream()
                        .map(entry -> table(entry.getKey(), entry.getValue(), inBackup.contains(entry.getKey())))
                        .toList(),
                input.placed().size(),
                input.placed().stream().mapToLong(file -> file.entry().size()).sum(),
                files.missing().size(),
                files.missingBytes(),
                Fetch.spaces(files),
                plan.cleared());
    }

    private static RestorePlan.Table table(TableDirectory table, Sum sum, boolean inBackup) {
        TableAction action;
        if (sum.staged) {
            action = sum.live ? TableAction.REPLACED : TableAction.CREATED;
        } else {
            action = inBackup ? TableAction.EMPTIED : TableAction.REMOVED;
        }
        return new RestorePlan.Table(table.qualifiedName(), action, sum.files, sum.bytes, sum.missing);
    }
}
