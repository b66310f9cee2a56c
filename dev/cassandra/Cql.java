import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import java.net.InetSocketAddress;
import java.time.Duration;

/** The few CQL things that the quickstart needs, run from source: await, run, load, count. */
public class Cql {
    public static void main(String[] args) throws Exception {
        System.setProperty("org.slf4j.simpleLogger.defaultLogLevel", "off");
        ((ch.qos.logback.classic.Logger) org.slf4j.LoggerFactory.getLogger("ROOT"))
                .setLevel(ch.qos.logback.classic.Level.OFF);
        CqlSession session = null;
        long end = System.nanoTime() + 120_000_000_000L;
        while (session == null) {
            try {
                session = open(args[0], Integer.parseInt(args[1]));
            } catch (com.datastax.oss.driver.api.core.AllNodesFailedException notYet) {
                if (!args[2].equals("await") || System.nanoTime() > end) {
                    throw notYet;
                }
                Thread.sleep(300);
            }
        }
        switch (args[2]) {
            case "await" -> {}
            case "run" -> {
                for (int i = 3; i < args.length; i++) {
                    session.execute(args[i]);
                }
            }
            case "load" -> {
                for (int id = Integer.parseInt(args[4]); id < Integer.parseInt(args[5]); id++) {
                    session.execute("INSERT INTO " + args[3] + " (id, customer, status) VALUES (" + id + ", 'customer "
                            + id % 97 + "', '" + (id % 2 == 0 ? "paid" : "open") + "')");
                }
            }
            case "count" -> System.out.println(session.execute("SELECT count(*) FROM " + args[3]).one().getLong(0));
            default -> throw new IllegalArgumentException(args[2]);
        }
        System.exit(0);
    }

    private static CqlSession open(String host, int port) {
        return CqlSession.builder()
                .addContactPoint(new InetSocketAddress(host, port))
                .withLocalDatacenter("dc1")
                .withConfigLoader(DriverConfigLoader.programmaticBuilder()
                        .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, Duration.ofSeconds(30))
                        .withBoolean(DefaultDriverOption.METADATA_SCHEMA_ENABLED, false)
                        .build())
                .build();
    }
}
