import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;

/**
 * An S3 server for reading only, with the index and the meta files of many backups of many nodes in memory, that takes a while for
 * each answer. It stands for the network of a real one, where a request costs time and not work.
 */
public final class IndexServer {
    private static final String DATE = "Sun, 01 Mar 2026 00:00:00 GMT";
    private static final AtomicLong REQUESTS = new AtomicLong();
    private static final Map<String, byte[]> SAME = new HashMap<>();

    private IndexServer() {}

    /** @param arguments port, milliseconds for each request, backups, nodes */
    public static void main(String... arguments) throws Exception {
        int latency = Integer.parseInt(arguments[1]);
        TreeMap<String, byte[]> objects = bucket(Integer.parseInt(arguments[2]), Integer.parseInt(arguments[3]));
        HttpServer server = HttpServer.create(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0])), 200);
        server.setExecutor(Executors.newFixedThreadPool(100));
        server.createContext("/", exchange -> {
            try (exchange) {
                REQUESTS.incrementAndGet();
                Thread.sleep(latency);
                answer(objects, exchange);
            } catch (InterruptedException stopped) {
                Thread.currentThread().interrupt();
            } catch (RuntimeException failed) {
                failed.printStackTrace();
            }
        });
        server.start();
    }

    private static TreeMap<String, byte[]> bucket(int backups, int nodes) {
        StringBuilder ring = new StringBuilder("{");
        for (int node = 0; node < nodes; node++) {
            ring.append(node == 0 ? "" : ", ")
                    .append("\"node" + node + "\": {\"tokens\": [" + node + "], \"is_up\": true, \"rack\": \"r1\", \"dc\": \"dc1\"}");
        }
        ring.append("}");
        String manifest = "[{\"keyspace\": \"ks\", \"columnfamily\": \"t-0123456789abcdef0123456789abcdef\", \"objects\": [{\"path\":"
                + " \"%s/data/ks/t-0123456789abcdef0123456789abcdef/nb-1-big-Data.db\", \"MD5\": \"9dd4e461268c8034f5c8564e155c67a6\","
                + " \"size\": 1}]}]";
        TreeMap<String, byte[]> objects = new TreeMap<>();
        for (int node = 0; node < nodes; node++) {
            String marker = "index/latest_backup/node" + node + "/";
            put(objects, marker + "tokenmap.json", ring.toString());
            put(objects, marker + "backup_name.txt", String.format("daily-%04d", backups - 1));
        }
        for (int day = 0; day < backups; day++) {
            String name = String.format("daily-%04d", day);
            for (int node = 0; node < nodes; node++) {
                String host = "node" + node;
                long started = 1_700_000_000L + day * 86_400L;
                String meta = host + "/" + name + "/meta/";
                String index = "index/backup_index/" + name + "/";
                for (String base : new String[] {meta + "%s.json", index + "%s_" + host + ".json"}) {
                    put(objects, String.format(base, "tokenmap"), ring.toString());
                    put(objects, String.format(base, "manifest"), String.format(manifest, host));
                }
                put(objects, meta + "schema.cql", "");
                put(objects, meta + "differential", "differential");
                put(objects, meta + "server_version.json", "{\"server_type\": \"cassandra\", \"release_version\": \"5.0.9\"}");
                put(objects, index + "schema_" + host + ".cql", "");
                put(objects, index + "differential_" + host, "");
                put(objects, index + "started_" + host + "_" + started + ".timestamp", "");
                put(objects, index + "finished_" + host + "_" + (started + 60) + ".timestamp", "");
                put(objects, "index/stats/" + name + "/" + host + "/" + (started + 60) + "_1_1_cassandra_5.0.9", "");
            }
        }
        return objects;
    }

    private static void put(Map<String, byte[]> objects, String key, String text) {
        objects.put(key, SAME.computeIfAbsent(text, same -> same.getBytes(StandardCharsets.UTF_8)));
    }

    private static String md5(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (java.security.GeneralSecurityException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static void answer(TreeMap<String, byte[]> objects, HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        if (path.equals("/requests")) {
            send(exchange, 200, String.valueOf(REQUESTS.getAndSet(0) - 1).getBytes(StandardCharsets.UTF_8));
            return;
        }
        String key = path.replaceFirst("^/bucket/?", "");
        if (key.isEmpty()) {
            byte[] page = page(objects, query(exchange)).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/xml");
            send(exchange, 200, page);
            return;
        }
        byte[] content = objects.get(key);
        exchange.getResponseHeaders().set("Last-Modified", DATE);
        if (content == null) {
            send(exchange, 404, "<Error><Code>NoSuchKey</Code></Error>".getBytes(StandardCharsets.UTF_8));
            return;
        }
        exchange.getResponseHeaders().set("ETag", "\"" + md5(content) + "\"");
        send(exchange, 200, content);
    }

    private static void send(HttpExchange exchange, int status, byte[] body) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", String.valueOf(body.length));
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private static Map<String, String> query(HttpExchange exchange) {
        Map<String, String> query = new HashMap<>();
        String raw = exchange.getRequestURI().getRawQuery();
        for (String pair : raw == null ? new String[0] : raw.split("&")) {
            int equals = pair.indexOf('=');
            query.put(
                    equals < 0 ? pair : pair.substring(0, equals),
                    equals < 0 ? "" : URLDecoder.decode(pair.substring(equals + 1), StandardCharsets.UTF_8));
        }
        return query;
    }

    /** A page of ListObjectsV2. */
    private static String page(TreeMap<String, byte[]> objects, Map<String, String> query) {
        String prefix = query.getOrDefault("prefix", "");
        String delimiter = query.getOrDefault("delimiter", "");
        int most = Math.min(1000, Integer.parseInt(query.getOrDefault("max-keys", "1000")));
        String from = query.getOrDefault("continuation-token", query.getOrDefault("start-after", ""));
        StringBuilder contents = new StringBuilder();
        StringBuilder common = new StringBuilder();
        int count = 0;
        String next = null;
        String key = from.compareTo(prefix) > 0 ? objects.higherKey(from) : objects.ceilingKey(prefix);
        String last = "";
        while (key != null && key.startsWith(prefix)) {
            if (count == most) {
                next = last;
                break;
            }
            int slash = delimiter.isEmpty() ? -1 : key.indexOf(delimiter, prefix.length());
            if (slash >= 0) {
                String directory = key.substring(0, slash + 1);
                common.append("<CommonPrefixes><Prefix>" + directory + "</Prefix></CommonPrefixes>");
                last = directory + "\uffff";
                key = objects.higherKey(last);
            } else {
                byte[] content = objects.get(key);
                contents.append("<Contents><Key>" + key + "</Key><LastModified>2026-03-01T00:00:00.000Z</LastModified><ETag>&quot;"
                        + md5(content) + "&quot;</ETag><Size>" + content.length + "</Size><StorageClass>STANDARD</StorageClass></Contents>");
                last = key;
                key = objects.higherKey(key);
            }
            count++;
        }
        return "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>bucket</Name><Prefix>"
                + prefix + "</Prefix><KeyCount>" + count + "</KeyCount><MaxKeys>" + most + "</MaxKeys><IsTruncated>" + (next != null)
                + "</IsTruncated>" + (next == null ? "" : "<NextContinuationToken>" + next + "</NextContinuationToken>") + contents + common
                + "</ListBucketResult>";
    }
}
