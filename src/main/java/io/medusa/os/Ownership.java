package io.medusa.os;

import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Sets owner, group and permissions of files and directories to those of a data directory. */
final class Ownership {
    private static final int PERMISSIONS = 0777;
    private static final int EXECUTE = 0111;

    private final Path modelDirectory;
    private final PosixFileAttributes model;
    private final boolean bySudo;

    /** @param model the attributes of the data directory */
    Ownership(Path modelDirectory, PosixFileAttributes model, boolean bySudo) {
        this.modelDirectory = modelDirectory;
        this.model = model;
        this.bySudo = bySudo;
    }

    /** Sets owner, group and permissions of a tree. */
    void give(Path tree) {
        if (bySudo) {
            sudoCommands(tree).forEach(Sudo::run);
            return;
        }
        try {
            Possession like = Possession.of(modelDirectory);
            Files.walkFileTree(tree, new SimpleFileVisitor<Path>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                        throws IOException {
                    give(directory, model.permissions());
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Possession now = Possession.of(file);
                    // a file with further hard links already belongs to the database
                    if (!now.isLike(like) && now.links() == 1) {
                        give(file, withoutExecute(model.permissions()));
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException failed) {
            throw Failures.ofFile(
                    "changing the owner of " + tree + " to " + model.owner(), failed, FailureKind.LOCAL_FILE);
        }
    }

    /** The commands that set them through sudo. */
    List<List<String>> sudoCommands(Path tree) {
        return List.of(
                List.of("chmod", "-R", symbolic(model.permissions()), tree.toString()),
                List.of(
                        "chown",
                        "-R",
                        model.owner().getName() + ":" + model.group().getName(),
                        tree.toString()));
    }

    /** Owner and permissions as numbers, which saves looking up names for thousands of files. */
    private record Possession(long user, long group, long permissions, long links) {
        static Possession of(Path path) throws IOException {
            Map<String, Object> all = Files.readAttributes(path, "unix:uid,gid,mode,nlink", LinkOption.NOFOLLOW_LINKS);
            return new Possession(
                    number(all, "uid"), number(all, "gid"), number(all, "mode") & PERMISSIONS, number(all, "nlink"));
        }

        private static long number(Map<String, Object> all, String name) {
            return all.get(name) instanceof Number number ? number.longValue() : -1;
        }

        /** Whether the file has the expected owner, group and permissions. */
        boolean isLike(Possession directory) {
            return user == directory.user
                    && group == directory.group
                    && permissions == (directory.permissions & ~EXECUTE);
        }
    }

    private void give(Path path, Set<PosixFilePermission> permissions) throws IOException {
        PosixFileAttributeView view =
                Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        setOwner(view, model);
        if (!view.readAttributes().permissions().equals(permissions)) {
            view.setPermissions(permissions);
        }
    }

    /** Sets owner and group if they differ. */
    static void setOwner(PosixFileAttributeView view, PosixFileAttributes model) throws IOException {
        PosixFileAttributes now = view.readAttributes();
        if (!now.owner().equals(model.owner())) {
            view.setOwner(model.owner());
        }
        if (!now.group().equals(model.group())) {
            view.setGroup(model.group());
        }
    }

    /** The permissions in the syntax of {@code chmod}, with execute for directories only. */
    private static String symbolic(Set<PosixFilePermission> permissions) {
        String text = PosixFilePermissions.toString(permissions);
        return "u=" + part(text, 0) + ",g=" + part(text, 3) + ",o=" + part(text, 6);
    }

    private static String part(String permissions, int from) {
        return permissions.substring(from, from + 3).replace("-", "").replace('x', 'X');
    }

    private static Set<PosixFilePermission> withoutExecute(Set<PosixFilePermission> permissions) {
        Set<PosixFilePermission> kept = EnumSet.copyOf(permissions);
        kept.removeAll(EnumSet.of(
                PosixFilePermission.OWNER_EXECUTE,
                PosixFilePermission.GROUP_EXECUTE,
                PosixFilePermission.OTHERS_EXECUTE));
        return kept;
    }
}
