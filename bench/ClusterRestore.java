import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import io.medusa.testing.RealNode;
import io.medusa.testing.TestCluster;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Restores the backup of three real nodes onto two, by import and by Cassandra's own loader: seconds, and bytes that were moved
 * beside those that are needed.
 */
public final class ClusterRestore {
    private static final int ROW = 16 << 10;

    private ClusterRestore() {}

    /** @param a a directory, and the megabytes of unique data */
    public static void main(String... a) throws Exception {
        Path work = Path.of(a[0]).toAbsolutePath();
        int rows = Integer.parseInt(a[1]) * ((1 << 20) / ROW);
        try (TestCluster three = new TestCluster(
                work.resolve("three"), work, 1, List.of("r1", "r2", "r3"), "num_tokens: 16")) {
            three.cql(
                    "CREATE KEYSPACE wide WITH replication = {'class': 'NetworkTopologyStrategy', 'dc1': 2}",
                    "CREATE TABLE wide.blobs (id int PRIMARY KEY, b blob) WITH compression = {'enabled': false}");
            load(three.node(0), rows);
            three.flush("wide");
            for (RealNode node : three.nodes()) {
                node.compact("wide");
            }
            three.run("backup-cluster", "--backup-name", "wide", "-pu", "3").ok();
        }
        System.out.println("| restore 3 → 2 | seconds | bytes moved | moved ÷ (unique × replicas) |");
        System.out.println("|---|---:|---:|---:|");
        double unique = (double) rows * ROW;
        double byLoader = 0;
        int first = 11;
        for (String[] way : new String[][] {
            {"sstableloader", "--use-sstableloader"}, {"import", "--use-import"}, {"import of one replica", "--one-replica"}
        }) {
            try (TestCluster two =
                    new TestCluster(work.resolve("two" + first), work, first, List.of("r1", "r2"), "num_tokens: 8")) {
                first += 10;
                String[] words = {"restore-cluster", "--backup-name", "wide", "-y", "--keep-auth", way[1]};
                long began = System.nanoTime();
                TestCluster.Done done = two.run(words).ok();
                double seconds = (System.nanoTime() - began) / 1e9;
                if (byLoader == 0) {
                    byLoader = seconds;
                }
                long found = two.node(0).count("wide.blobs");
                if (found != rows) {
                    throw new IllegalStateException(way[0] + ": " + found + " of " + rows + " rows");
                }
                Matcher all = Pattern.compile("Total: ([0-9.]+) ([KMG]?B)").matcher(done.err());
                double moved = all.find()
                        ? Double.parseDouble(all.group(1))
                                * (all.group(2).equals("GB") ? 1 << 30 : all.group(2).equals("MB") ? 1 << 20 : 1 << 10)
                        : 0;
                if (way[0].equals("sstableloader")) {
                    // what is downloaded once is streamed to both nodes
                    moved *= 2;
                }
                System.out.printf(
                        "| %s | %.1f (1/%.1f) | %.2f GB | %.2f |%n",
                        way[0], seconds, byLoader / seconds, moved / (1 << 30), moved / (unique * 2));
            }
        }
        System.exit(0);
    }

    private static void load(RealNode node, int rows) {
        PreparedStatement insert = node.session().prepare("INSERT INTO wide.blobs (id, b) VALUES (?, ?)");
        Random random = new Random(1);
        Deque<CompletionStage<?>> running = new ArrayDeque<>();
        for (int id = 0; id < rows; id++) {
            byte[] bytes = new byte[ROW];
            random.nextBytes(bytes);
            running.add(node.session().executeAsync(insert.bind(id, ByteBuffer.wrap(bytes))));
            if (running.size() > 32) {
                running.remove().toCompletableFuture().join();
            }
        }
        running.forEach(one -> one.toCompletableFuture().join());
    }
}
