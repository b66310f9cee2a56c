import com.google.cloud.tools.jib.api.Containerizer;
import com.google.cloud.tools.jib.api.ImageReference;
import com.google.cloud.tools.jib.api.Jib;
import com.google.cloud.tools.jib.api.JibContainerBuilder;
import com.google.cloud.tools.jib.api.TarImage;
import com.google.cloud.tools.jib.api.buildplan.AbsoluteUnixPath;
import com.google.cloud.tools.jib.api.buildplan.FileEntriesLayer;
import com.google.cloud.tools.jib.api.buildplan.FilePermissions;
import com.google.cloud.tools.jib.api.buildplan.Port;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** {@code java Image.java BASE MEDUSA PROBE OUT}: the distribution with its Java, and the probe, on a base, in layers by how often they change. */
public final class Image {
    private static final String HOME = "/opt/medusa";

    public static void main(String[] arguments) throws Exception {
        String base = arguments[0];
        Path medusa = Path.of(arguments[1]);
        Path probe = Path.of(arguments[2]);
        Path out = Path.of(arguments[3]);
        JibContainerBuilder image = base.startsWith("tar:")
                ? Jib.from(TarImage.at(Path.of(base.substring("tar:".length()))).named("medusa-base"))
                : Jib.from(base);
        image.addFileEntriesLayer(layer("java", medusa, "jre"))
                .addFileEntriesLayer(layer("libraries", medusa, "lib"))
                .addFileEntriesLayer(layer("medusa", medusa, "bin", "share", "conf"))
                .addFileEntriesLayer(FileEntriesLayer.builder()
                        .setName("probe")
                        // operators look for it in /bin, which is a link to this
                        .addEntry(
                                probe.resolve("grpc_health_probe"),
                                AbsoluteUnixPath.get("/usr/bin/grpc_health_probe"),
                                FilePermissions.fromOctalString("755"))
                        // the reference's entry point, which some manifests name
                        .addEntry(
                                Path.of("packaging/image/docker-entrypoint.sh"),
                                AbsoluteUnixPath.get("/home/cassandra/docker-entrypoint.sh"),
                                FilePermissions.fromOctalString("755"))
                        .addEntryRecursive(
                                probe.resolve("licenses"), AbsoluteUnixPath.get("/usr/share/doc/grpc_health_probe"))
                        .build())
                .setUser("999:999")
                .setWorkingDirectory(AbsoluteUnixPath.get("/var/lib/cassandra"))
                .setEnvironment(Map.of("PATH", HOME + "/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL", "C.UTF-8"))
                .setEntrypoint(HOME + "/bin/medusa-container")
                .setExposedPorts(Port.tcp(50051))
                .addLabel("org.opencontainers.image.title", "Medusa")
                .addLabel("org.opencontainers.image.description", "Backs up and restores Apache Cassandra")
                .setCreationTime(Instant.EPOCH);
        image.containerize(Containerizer.to(TarImage.at(out).named(ImageReference.parse("medusa:latest")))
                .setOfflineMode(base.startsWith("tar:"))
                .setApplicationLayersCache(Path.of("target/image/cache"))
                .setBaseImageLayersCache(Path.of("target/image/cache-base")));
    }

    private static FileEntriesLayer layer(String name, Path medusa, String... directories) throws Exception {
        FileEntriesLayer.Builder layer = FileEntriesLayer.builder().setName(name);
        for (String directory : directories) {
            try (Stream<Path> files = Files.walk(medusa.resolve(directory))) {
                for (Path file : (Iterable<Path>) files.sorted()::iterator) {
                    layer.addEntry(
                            file,
                            AbsoluteUnixPath.get(HOME).resolve(medusa.relativize(file).toString()),
                            FilePermissions.fromOctalString(
                                    Files.isDirectory(file) || Files.isExecutable(file) ? "755" : "644"),
                            FileEntriesLayer.DEFAULT_MODIFICATION_TIME,
                            "0:0");
                }
            }
        }
        return layer.build();
    }
}
