import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * {@code java ThirdParty.java BOM.json LIB OUT}: the libraries of LIB with their licenses, as the bill of materials has them, and the notices
 * that they carry, each text once.
 */
public final class ThirdParty {
    public static void main(String[] arguments) throws IOException {
        Map<String, String> licenses = new TreeMap<>();
        for (JsonNode component : new JsonMapper().readTree(Path.of(arguments[0]).toFile()).path("components")) {
            List<String> names = new ArrayList<>();
            for (JsonNode choice : component.path("licenses")) {
                JsonNode license = choice.path("license");
                names.add(Stream.of(choice.path("expression"), license.path("id"), license.path("name"))
                        .map(JsonNode::asText)
                        .filter(name -> !name.isEmpty())
                        .findFirst()
                        .orElse("?"));
            }
            licenses.put(
                    component.path("name").asText() + "-" + component.path("version").asText() + ".jar",
                    component.path("group").asText() + ": " + (names.isEmpty() ? "see its notices" : String.join(", ", names)));
        }
        StringBuilder text = new StringBuilder("Medusa includes these libraries:\n\n");
        Map<String, List<String>> notices = new TreeMap<>();
        try (Stream<Path> jars = Files.list(Path.of(arguments[1])).sorted()) {
            for (Path jar : (Iterable<Path>) jars.filter(file -> file.toString().endsWith(".jar"))::iterator) {
                String name = jar.getFileName().toString();
                if (name.equals("medusa.jar")) {
                    continue;
                }
                text.append(name).append("  ").append(licenses.getOrDefault(name, "see its notices")).append('\n');
                try (ZipFile zip = new ZipFile(jar.toFile())) {
                    for (ZipEntry entry : (Iterable<ZipEntry>) zip.stream().<ZipEntry>map(each -> each)::iterator) {
                        if (entry.getName().matches("(?i)(META-INF/)?(license|notice|copying)[^/]*") && !entry.isDirectory()) {
                            String notice = new String(zip.getInputStream(entry).readAllBytes(), StandardCharsets.UTF_8)
                                    .replace("\r", "")
                                    .strip();
                            notices.computeIfAbsent(notice, unseen -> new ArrayList<>()).add(name);
                        }
                    }
                }
            }
        }
        notices.forEach((notice, of) -> text.append("\n\n======== ")
                .append(String.join(", ", of.stream().distinct().toList()))
                .append("\n\n")
                .append(notice)
                .append('\n'));
        Files.writeString(Path.of(arguments[2]), text);
    }
}
