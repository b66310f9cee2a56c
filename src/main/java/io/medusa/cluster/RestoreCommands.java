package io.medusa.cluster;

import io.medusa.cluster.ClusterRestorePlan.Move;
import io.medusa.model.NodeName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Builds the commands that the nodes of a restore run.
 *
 * @param program the program on the nodes
 */
record RestoreCommands(ClusterRestoreRequest request, NodeProgram program) {
    /** An identity of the work. */
    RemoteJob job(String what, Move move) {
        return RemoteJob.of(
                request.temporaryDirectory(),
                what + " " + program.configFile() + program.globalOptions() + " " + request.name() + " "
                        + move.sources() + " " + move.target());
    }

    /** The global options that name the source node. */
    List<String> source(Move move) {
        return List.of("--fqdn=" + move.sources().stream().map(NodeName::value).collect(Collectors.joining(",")));
    }

    /** The options of docs/compatibility.md 15.6. */
    List<String> words(Move move, Collection<String> seeds) {
        List<String> words = new ArrayList<>(List.of("restore-node", move.inPlace() ? "--in-place" : "--remote"));
        if (request.keepAuth() && !move.inPlace()) {
            words.add("--keep-auth");
        }
        if (!seeds.isEmpty() && !move.seed()) {
            words.addAll(List.of("--seeds", String.join(",", seeds)));
        }
        words.addAll(List.of(
                "--no-verify",
                "--backup-name",
                request.name().value(),
                "--temp-dir",
                request.temporaryDirectory().toString()));
        return words;
    }
}
