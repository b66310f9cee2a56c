import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * Reads of a loaded node at a fixed rate, alone and while something else runs beside it. A read counts from the moment at which it
 * was due, so that a node that stalls cannot hide it.
 *
 * <pre>Beside HOST PORT ROWS READS_PER_SECOND SECONDS SCRIPT...   each script is run again and again for one measurement</pre>
 */
public final class Beside {
    private static final int VALUE = 1024;

    private Beside() {}

    public static void main(String... args) throws Exception {
        int rows = Integer.parseInt(args[2]);
        int rate = Integer.parseInt(args[3]);
        int seconds = Integer.parseInt(args[4]);
        try (CqlSession session = CqlSession.builder()
                .addContactPoint(new InetSocketAddress(args[0], Integer.parseInt(args[1])))
                .withLocalDatacenter("dc1")
                .withConfigLoader(DriverConfigLoader.programmaticBuilder()
                        .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(30))
                        .build())
                .build()) {
            load(session, rows);
            measure(session, rows, rate, 10);
            List<String> scripts = Arrays.asList(args).subList(5, args.length);
            System.out.println("| beside | reads | p50 | p95 | p99 | p99.9 |");
            System.out.println("|---|--:|--:|--:|--:|--:|");
            long[] alone = print("nothing", measure(session, rows, rate, seconds));
            for (String script : scripts) {
                AtomicBoolean over = new AtomicBoolean();
                Thread runner = new Thread(() -> again(script, over));
                runner.start();
                String name = Path.of(script).getFileName().toString();
                long[] with = print(name, measure(session, rows, rate, seconds));
                over.set(true);
                runner.join();
                System.out.printf(
                        Locale.ROOT,
                        "| %s: difference | | %+.1f ms | %+.1f ms | %+.1f ms | %+.1f ms |%n",
                        name,
                        (with[0] - alone[0]) / 1e6,
                        (with[1] - alone[1]) / 1e6,
                        (with[2] - alone[2]) / 1e6,
                        (with[3] - alone[3]) / 1e6);
            }
            print("nothing, once more", measure(session, rows, rate, seconds));
        }
    }

    private static void again(String script, AtomicBoolean over) {
        try {
            while (!over.get()) {
                int status = new ProcessBuilder(script)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(new java.io.File(script + ".log")))
                        .start()
                        .waitFor();
                if (status != 0) {
                    throw new IllegalStateException(script + " ended with " + status);
                }
            }
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }

    private static void load(CqlSession session, int rows) throws InterruptedException {
        session.execute("CREATE KEYSPACE IF NOT EXISTS bench WITH replication = {'class': 'SimpleStrategy',"
                + " 'replication_factor': 1}");
        session.execute("CREATE TABLE IF NOT EXISTS bench.t (id int PRIMARY KEY, v blob) WITH compression = {'enabled':"
                + " 'false'}");
        PreparedStatement insert = session.prepare("INSERT INTO bench.t (id, v) VALUES (?, ?)");
        SplittableRandom random = new SplittableRandom(1);
        Semaphore inFlight = new Semaphore(128);
        for (int i = 0; i < rows; i++) {
            byte[] value = new byte[VALUE];
            random.nextBytes(value);
            inFlight.acquire();
            session.executeAsync(insert.bind(i, ByteBuffer.wrap(value))).whenComplete((done, failed) -> {
                inFlight.release();
                if (failed != null) {
                    failed.printStackTrace();
                    System.exit(1);
                }
            });
        }
        inFlight.acquire(128);
    }

    /** Latencies in nanoseconds, sorted. */
    private static long[] measure(CqlSession session, int rows, int rate, int seconds) throws InterruptedException {
        PreparedStatement select = session.prepare("SELECT v FROM bench.t WHERE id = ?");
        SplittableRandom random = new SplittableRandom(2);
        int count = rate * seconds;
        long[] latencies = new long[count];
        Semaphore done = new Semaphore(0);
        long began = System.nanoTime();
        for (int i = 0; i < count; i++) {
            long due = began + i * TimeUnit.SECONDS.toNanos(1) / rate;
            for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            int at = i;
            session.executeAsync(select.bind(random.nextInt(rows))).whenComplete((row, failed) -> {
                latencies[at] = failed == null ? System.nanoTime() - due : Long.MAX_VALUE;
                done.release();
            });
        }
        done.acquire(count);
        Arrays.sort(latencies);
        return latencies;
    }

    private static long[] print(String what, long[] sorted) {
        double[] shares = {0.5, 0.95, 0.99, 0.999};
        long[] values = new long[shares.length];
        List<String> cells = new ArrayList<>();
        for (int i = 0; i < shares.length; i++) {
            values[i] = sorted[(int) Math.min(sorted.length - 1, Math.ceil(shares[i] * sorted.length) - 1)];
            cells.add(String.format(Locale.ROOT, "%.1f ms", values[i] / 1e6));
        }
        System.out.println("| " + what + " | " + sorted.length + " | " + String.join(" | ", cells) + " |");
        return values;
    }
}
