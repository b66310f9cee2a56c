package io.medusa.repository;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.medusa.error.FailureKind;
import io.medusa.error.MedusaException;
import io.medusa.model.ContentHash;
import io.medusa.model.ManifestEntry;
import io.medusa.model.Segments;
import io.medusa.model.TableDirectory;
import io.medusa.model.TableScope;
import io.medusa.storage.HashRule;
import io.medusa.storage.ObjectKey;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The entries of a {@code manifest.json} (docs/compatibility.md 5), read one at a time, so that a manifest need not fit in memory. All methods
 * fail with kind BACKUP_DAMAGED where the manifest is cut off or is none. Not for several threads at once.
 */
public final class ManifestEntries implements AutoCloseable {
    private static final JsonFactory JSON = new JsonFactory();

    private final ObjectKey key;
    private final InputStream in;
    private final HashRule rule;
    private final JsonParser parser;
    private boolean begun;
    private @Nullable Section section;
    private TableScope scope = TableScope.ALL;
    private boolean encrypted;

    ManifestEntries(ObjectKey key, InputStream in, HashRule rule) {
        this.key = key;
        this.in = in;
        this.rule = rule;
        this.parser = reading(key, () -> {
            try {
                return JSON.createParser(in);
            } catch (IOException | MedusaException failed) {
                in.close();
                throw failed;
            }
        });
    }

    /**
     * The table that the next entries belong to.
     *
     * @param scope what the backup was limited to
     * @param builtIndexes which secondary indexes were built, if the manifest records it
     */
    public record Section(TableDirectory table, TableScope scope, Optional<Set<String>> builtIndexes) {}

    private interface Step<T> {
        T take() throws IOException;
    }

    private <T> T reading(Step<T> step) {
        return reading(key, step);
    }

    private static <T> T reading(ObjectKey key, Step<T> step) {
        try {
            return step.take();
        } catch (IOException failed) {
            throw Damage.of(key, failed);
        } catch (MedusaException failed) {
            // the store has the object but cannot hand out its bytes: other backups can be worked on all the same
            if (failed.kind() == FailureKind.STORAGE_UNAVAILABLE && failed.getCause() instanceof IOException broken) {
                throw Damage.of(key, broken);
            }
            throw failed;
        }
    }

    /** Reads to the end and passes on every entry with its table. */
    public void forEach(BiConsumer<TableDirectory, ManifestEntry> action) {
        for (Optional<Section> next = nextSection(); next.isPresent(); next = nextSection()) {
            TableDirectory table = next.get().table();
            nextEntries(entry -> action.accept(table, entry));
        }
    }

    /** What the backup was limited to, as far as it has been read. */
    public TableScope scope() {
        return scope;
    }

    /** Whether files that have been read were encrypted before they were uploaded, as later versions of the Python Medusa can do. */
    public boolean areEncrypted() {
        return encrypted;
    }

    /** Moves on to the next table; nothing at the end. */
    public Optional<Section> nextSection() {
        return reading(() -> {
            if (section != null) {
                throw new IllegalStateException("the entries of " + section.table() + " have not been read");
            }
            if (!begun) {
                begun = true;
                if (parser.nextToken() != JsonToken.START_ARRAY) {
                    throw new IOException("it does not begin with a list of sections");
                }
            }
            if (parser.nextToken() == JsonToken.END_ARRAY) {
                if (parser.nextToken() != null) {
                    throw new IOException("there is content after its end");
                }
                return Optional.empty();
            }
            section = readSection();
            scope = section.scope();
            return Optional.of(section);
        });
    }

    /** Passes on the entries of the table that {@link #nextSection} has moved on to. */
    public void nextEntries(Consumer<ManifestEntry> action) {
        TableDirectory table = Objects.requireNonNull(section).table();
        for (Optional<ManifestEntry> next = nextEntry(table); next.isPresent(); next = nextEntry(table)) {
            action.accept(next.get());
        }
        section = null;
    }

    private Optional<ManifestEntry> nextEntry(TableDirectory table) {
        return reading(() -> {
            if (parser.nextToken() != JsonToken.END_ARRAY) {
                return Optional.of(readEntry(table));
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                if (parser.currentName().equals("objects")) {
                    throw new IOException("the section of " + table + " lists objects twice");
                }
                parser.nextToken();
                parser.skipChildren();
            }
            return Optional.empty();
        });
    }

    private Section readSection() throws IOException {
        expect(parser.currentToken(), JsonToken.START_OBJECT, "a section");
        String keyspace = null;
        String table = null;
        List<String> patterns = new ArrayList<>();
        Set<String> builtIndexes = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            parser.nextToken();
            switch (field) {
                case "keyspace" -> keyspace = parser.getValueAsString();
                case "columnfamily" -> table = parser.getValueAsString();
                case "scope" -> {
                    while (parser.nextToken() == JsonToken.VALUE_STRING) {
                        patterns.add(parser.getText());
                    }
                }
                case "built_indexes" -> {
                    builtIndexes = new LinkedHashSet<>();
                    while (parser.nextToken() == JsonToken.VALUE_STRING) {
                        builtIndexes.add(parser.getText());
                    }
                }
                case "objects" -> {
                    if (keyspace == null || table == null) {
                        throw new IOException("a section lists objects before it names its table");
                    }
                    TableDirectory directory = new TableDirectory(keyspace, table);
                    expect(parser.currentToken(), JsonToken.START_ARRAY, "the objects of " + directory);
                    return new Section(directory, new TableScope(patterns), Optional.ofNullable(builtIndexes));
                }
                default -> parser.skipChildren();
            }
        }
        throw new IOException("a section has no list of objects");
    }

    private ManifestEntry readEntry(TableDirectory table) throws IOException {
        expect(parser.currentToken(), JsonToken.START_OBJECT, "an object of " + table);
        String path = null;
        String hash = null;
        String content = null;
        long size = -1;
        long modified = -1;
        String damage = null;
        long partSize = 0;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String field = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (field) {
                case "path" -> path = parser.getValueAsString();
                case "MD5" -> hash = value == JsonToken.VALUE_NULL ? null : parser.getValueAsString();
                case "size" -> size = size(value);
                case "modified_ns" -> modified = parser.getValueAsLong(-1);
                case "content_hash" -> content = parser.getValueAsString();
                case "part_size" -> partSize = Math.max(0, parser.getValueAsLong(0));
                case "source_MD5", "source_size" -> encrypted |= value != JsonToken.VALUE_NULL;
                case "damage" -> damage = parser.getValueAsString();
                default -> parser.skipChildren();
            }
        }
        if (path == null || !ObjectKey.isValid(path)) {
            throw new IOException("an object of " + table + " has the path "
                    + (path == null ? "null" : Segments.quoted(path)) + ", which is not an object key");
        }
        if (size < 0) {
            throw new IOException("the object " + path + " has no valid size");
        }
        ContentHash known = content == null
                ? rule.parse(hash).orElse(null)
                : ContentHash.parse(content).orElse(null);
        return new ManifestEntry(path, size, known, modified, damage, content == null ? null : hash, partSize);
    }

    /** A whole number, which some writers put into a string; -1 for anything else. */
    private long size(@Nullable JsonToken value) throws IOException {
        if (value == JsonToken.VALUE_NUMBER_INT || value == JsonToken.VALUE_STRING) {
            try {
                return Long.parseLong(parser.getText());
            } catch (NumberFormatException notANumber) {
                return -1;
            }
        }
        return -1;
    }

    private static void expect(@Nullable JsonToken found, JsonToken wanted, String what) throws IOException {
        if (found != wanted) {
            throw new IOException(what + " is not where it should be");
        }
    }

    @Override
    public void close() {
        try (InputStream closed = in) {
            parser.close();
        } catch (IOException failed) {
            throw Damage.of(key, failed);
        }
    }
}
