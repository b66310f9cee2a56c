package io.medusa.restore;

import io.medusa.model.BackupName;
import io.medusa.model.TableDirectory;
import io.medusa.restore.Placement.Placed;
import io.medusa.restore.RestorePlan.TableAction;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Puts together what is told of a restore before it is done. */
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

    static RestorePlan of(
            BackupName name,
            boolean everything,
            boolean stopsNode,
            Swap.Plan swaps,
            List<Swap.Exchange> exchanges,
            Set<TableDirectory> inBackup,
            List<Placed> placed,
            Fetch.Plan files) {
        Map<TableDirectory, Sum> sums = new TreeMap<>();
        for (Swap.Exchange exchange : exchanges) {
            TableDirectory table = exchange.table();
            if (table != null) {
                Sum sum = sums.computeIfAbsent(table, absent -> new Sum());
                sum.live |= RestoreArea.exists(exchange.live());
                sum.staged |= exchange.staged();
            }
        }
        Set<String> missing = new HashSet<>();
        files.missing().forEach(item -> missing.add(item.entry().key()));
        for (Placed file : placed) {
            Sum sum = sums.computeIfAbsent(file.table(), absent -> new Sum());
            sum.files++;
            sum.bytes += file.entry().size();
            if (missing.contains(file.entry().key())) {
                sum.missing += file.entry().size();
            }
        }
        List<RestorePlan.Space> spaces = Fetch.spaces(files).stream()
                .map(space -> new RestorePlan.Space(space.where(), space.needed(), space.free()))
                .toList();
        return new RestorePlan(
                name,
                everything,
                stopsNode,
                !swaps.guarded(),
                sums.entrySet().stream()
                        .map(entry -> table(entry.getKey(), entry.getValue(), inBackup.contains(entry.getKey())))
                        .toList(),
                placed.size(),
                placed.stream().mapToLong(file -> file.entry().size()).sum(),
                files.missing().size(),
                files.missingBytes(),
                spaces,
                List.<Path>copyOf(swaps.cleared()));
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
