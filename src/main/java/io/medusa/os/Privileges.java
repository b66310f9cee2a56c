package io.medusa.os;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Changes below a directory that may belong to another user: directly if this process may (as root or the owner), otherwise through
 * {@code sudo}, one program at a time and without a shell.
 */
public final class Privileges {
    private final Ownership ownership;
    private final boolean bySudo;

    private Privileges(Ownership ownership, boolean bySudo) {
        this.ownership = ownership;
        this.bySudo = bySudo;
    }

    /**
     * The privileges for a data directory.
     *
     * @param sudoAllowed whether sudo may be used if this user lacks the permission
     */
    public static Privileges over(Path dataDirectory, boolean sudoAllowed) {
        try {
            PosixFileAttributes model = Files.readAttributes(dataDirectory, PosixFileAttributes.class);
            String user = System.getProperty("user.name", "");
            boolean direct =
                    user.equals("root") || (user.equals(model.owner().getName()) && Files.isWritable(dataDirectory));
            if (!direct && !sudoAllowed) {
                throw new MedusaException(
                        FailureKind.LOCAL_FILE,
                        dataDirectory + " belongs to user " + model.owner().getName() + ", but medusa runs as " + user
                                + ". Run it as that user or as root, or set use_sudo_for_restore in [storage] to True");
            }
            return new Privileges(new Ownership(dataDirectory, model, !direct), !direct);
        } catch (IOException failed) {
            throw Failures.ofFile("inspecting data directory " + dataDirectory, failed, FailureKind.LOCAL_FILE);
        } catch (UnsupportedOperationException notPosix) {
            throw new MedusaException(
                    FailureKind.LOCAL_FILE, dataDirectory + " is not on a POSIX file system", notPosix);
        }
    }

    /**
     * The privileges to replace a file and to keep copies beside it: those over its directory, or over the file, if it is this user's in
     * a directory of another user who lets this one write, as in a pod's volume.
     *
     * @param sudoAllowed as in {@link #over}
     */
    public static Privileges overFile(Path file, boolean sudoAllowed) {
        Path directory = Objects.requireNonNull(file.getParent());
        String user = System.getProperty("user.name", "");
        try {
            boolean shared = Files.isWritable(directory)
                    && Files.getOwner(file).getName().equals(user)
                    && !Files.getOwner(directory).getName().equals(user);
            return over(shared ? file : directory, sudoAllowed);
        } catch (IOException failed) {
            throw Failures.ofFile("inspecting " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Whether this user may change the data directory without sudo. */
    public boolean isDirect() {
        return !bySudo;
    }

    /**
     * Commands like those that staging and swapping a tree will run through sudo; none if they need no sudo.
     *
     * @param tree below the data directory
     */
    public List<List<String>> sudoCommands(Path tree) {
        if (!bySudo) {
            return List.of();
        }
        String path = tree.toString();
        String user = System.getProperty("user.name", "");
        List<List<String>> commands = new ArrayList<>(ownership.sudoCommands(tree));
        commands.addAll(List.of(
                List.of("mkdir", "-p", path),
                List.of("chown", user, path),
                List.of("chown", "-R", user, path),
                List.of("find", path, "-type", "f", "-links", "+1", "-delete"),
                List.of("mv", "-T", "-n", path, path + "-other"),
                List.of("touch", path),
                List.of("rm", "-f", "--", path),
                List.of("rmdir", path)));
        return commands;
    }

    /** The command that creates hard links through sudo; without it, files are downloaded instead. */
    public List<String> sudoLink() {
        return Sudo.LINK;
    }

    /** Commands like those that replacing a file will run through sudo; none if they need no sudo. */
    public List<List<String>> sudoReplacement(Path file) {
        String path = file.toString();
        String fresh = path + ".medusa-new";
        return bySudo
                ? List.of(
                        List.of("cp", "-p", path, fresh),
                        List.of("cp", "--no-preserve=all", "/tmp/medusa.txt", fresh),
                        List.of("mv", "-T", "-f", fresh, path))
                : List.of();
    }

    /** Creates a directory that this user can write to, including its parents. */
    public void makeOwn(Path directory) {
        if (!bySudo) {
            create(directory);
            return;
        }
        Sudo.run(List.of("mkdir", "-p", directory.toString()));
        Sudo.run(List.of("chown", System.getProperty("user.name", ""), directory.toString()));
    }

    /** Creates a directory that belongs to the owner of the data directory, including its parents. */
    public void makeTheirs(Path directory) {
        List<Path> made = new ArrayList<>();
        for (Path path = directory;
                path != null && !Files.exists(path, LinkOption.NOFOLLOW_LINKS);
                path = path.getParent()) {
            made.add(path);
        }
        if (bySudo) {
            Sudo.run(List.of("mkdir", "-p", directory.toString()));
        } else {
            create(directory);
        }
        made.forEach(ownership::give);
    }

    private static void create(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException failed) {
            throw Failures.ofFile("creating directory " + directory, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Renames; the target must not exist, and must be on the same file system. */
    public void move(Path from, Path to) {
        if (bySudo) {
            Sudo.run(List.of("mv", "-T", "-n", from.toString(), to.toString()));
            if (Files.exists(from, LinkOption.NOFOLLOW_LINKS)) {
                // mv -n does not report that it did nothing
                throw new MedusaException(FailureKind.LOCAL_FILE, "moving " + from + ": " + to + " already exists");
            }
            return;
        }
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failed) {
            throw Failures.ofFile("moving " + from + " to " + to, failed, FailureKind.LOCAL_FILE);
        }
    }

    /**
     * Swaps the names of two directories atomically.
     *
     * @return whether it was done; {@code false} if that is not possible, so that the caller must rename
     */
    public boolean exchange(Path one, Path other) {
        if (bySudo) {
            return false;
        }
        try {
            return FileSystems.exchange(one, other);
        } catch (IOException failed) {
            throw Failures.ofFile("swapping " + one + " and " + other, failed, FailureKind.LOCAL_FILE);
        }
    }

    /**
     * Creates hard links. The file systems must be the same, and the new names must be free.
     *
     * @param sources the existing file for each new name
     * @return the new names whose source was missing
     */
    public Set<Path> link(Map<Path, Path> sources) {
        if (bySudo && !sources.isEmpty()) {
            Sudo.link(sources);
        }
        Set<Path> lost = new HashSet<>();
        sources.forEach((target, source) -> {
            if (bySudo) {
                if (!Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
                    lost.add(target);
                }
                return;
            }
            try {
                Files.createLink(target, source);
            } catch (NoSuchFileException gone) {
                lost.add(target);
            } catch (IOException failed) {
                throw Failures.ofFile("linking " + source + " to " + target, failed, FailureKind.LOCAL_FILE);
            }
        });
        return lost;
    }

    /**
     * Replaces the content of a file atomically, and keeps owner, group and permissions.
     *
     * @param kept where to keep the old content; must not exist
     */
    public void replaceFile(Path file, String content, Path kept) {
        Path fresh = written(file, content);
        if (bySudo) {
            Sudo.run(List.of("cp", "-p", file.toString(), kept.toString()));
            moveOver(fresh, file);
            return;
        }
        try {
            Path keeping = kept.resolveSibling(kept.getFileName() + ".part");
            Files.deleteIfExists(keeping);
            Files.copy(file, keeping, StandardCopyOption.COPY_ATTRIBUTES);
            sameOwner(file, keeping);
            FileSystems.sync(Objects.requireNonNull(file.toAbsolutePath().getParent()));
            Files.move(keeping, kept, StandardCopyOption.ATOMIC_MOVE);
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failed) {
            throw Failures.ofFile("changing " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    /**
     * Replaces the content of a file atomically, and keeps owner, group and permissions. Its other hard links keep the old content.
     */
    public void replaceFile(Path file, String content) {
        moveOver(written(file, content), file);
    }

    /** A new file with this content beside a file, with its owner, group and permissions. */
    private Path written(Path file, String content) {
        Path fresh = file.resolveSibling(file.getFileName() + ".medusa-new");
        try {
            if (bySudo) {
                Path temporary = Files.createTempFile("medusa", ".txt");
                try {
                    Files.writeString(temporary, content);
                    Sudo.run(List.of("cp", "-p", file.toString(), fresh.toString()));
                    Sudo.run(List.of("cp", "--no-preserve=all", temporary.toString(), fresh.toString()));
                } finally {
                    Files.deleteIfExists(temporary);
                }
            } else {
                Files.deleteIfExists(fresh);
                Files.copy(file, fresh, StandardCopyOption.COPY_ATTRIBUTES);
                sameOwner(file, fresh);
                Files.writeString(fresh, content);
            }
            return fresh;
        } catch (IOException failed) {
            throw Failures.ofFile("changing " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    private static void sameOwner(Path file, Path copy) throws IOException {
        Ownership.setOwner(
                Files.getFileAttributeView(copy, PosixFileAttributeView.class),
                Files.readAttributes(file, PosixFileAttributes.class));
    }

    /** Creates an empty file that the owner of the data directory can read; does nothing if it exists. */
    public void createEmpty(Path file) {
        if (bySudo) {
            Sudo.run(List.of("touch", file.toString()));
            return;
        }
        try {
            Files.createFile(file);
        } catch (FileAlreadyExistsException there) {
            // by an earlier run
        } catch (IOException failed) {
            throw Failures.ofFile("creating " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Renames a file, atomically replacing another one. */
    public void moveOver(Path from, Path to) {
        if (bySudo) {
            Sudo.run(List.of("mv", "-T", "-f", from.toString(), to.toString()));
            return;
        }
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException failed) {
            throw Failures.ofFile("moving " + from + " to " + to, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Sets owner, group and permissions of a tree to those of the data directory. */
    public void giveAway(Path tree) {
        ownership.give(tree);
    }

    /**
     * Makes a tree writable for this user again after its owner was changed. Deletes symbolic links and, through sudo, files with
     * further hard links. Does nothing if there is no tree.
     */
    public void takeOver(Path tree) {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (bySudo) {
            // a file with a further hard link belongs to the database: its owner must not change
            Sudo.run(List.of("find", tree.toString(), "-type", "f", "-links", "+1", "-delete"));
            Sudo.run(List.of("chown", "-R", System.getProperty("user.name", ""), tree.toString()));
        }
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.toList()) {
                if (Files.isSymbolicLink(path)) {
                    Files.delete(path);
                }
            }
        } catch (IOException failed) {
            throw Failures.ofFile("clearing links from " + tree, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Removes a tree. Links are removed, never followed. Does nothing if there is no tree. */
    public void remove(Path tree) {
        if (!Files.exists(tree, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        takeOver(tree);
        try {
            Files.walkFileTree(tree, new SimpleFileVisitor<Path>() {
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    if (bySudo && file.equals(tree)) {
                        // its parent is another user's
                        Sudo.run(List.of("rm", "-f", "--", tree.toString()));
                    } else {
                        Files.delete(file);
                    }
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(
                        Path directory, @org.jspecify.annotations.Nullable IOException failed) throws IOException {
                    if (failed != null) {
                        throw failed;
                    }
                    if (bySudo && directory.equals(tree)) {
                        // its parent is another user's
                        Sudo.run(List.of("rmdir", tree.toString()));
                    } else {
                        Files.delete(directory);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException failed) {
            throw Failures.ofFile("removing " + tree, failed, FailureKind.LOCAL_FILE);
        }
    }
}
