package io.medusa.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** One running node for all tests that need no special one; stopped when the tests' Java ends. */
public final class SharedNode {
    private static RealNode node;

    private SharedNode() {}

    /** The node, started on first use. */
    public static synchronized RealNode get() throws IOException, InterruptedException {
        if (node == null) {
            Path directory = Files.createTempDirectory(
                    Files.createDirectories(Path.of("target/real").toAbsolutePath()), "shared");
            RealNode.archiveClasses(directory.resolveSibling("archive"));
            RealNode fresh = RealNode.create(directory, "index_summary_capacity: 1MiB");
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                try {
                    fresh.close();
                } catch (IOException | InterruptedException failed) {
                    throw new IllegalStateException(failed);
                }
            }));
            node = fresh.start();
        } else if (!node.isRunning()) {
            node.start();
        } else {
            node.reconnect();
        }
        return node;
    }
}
