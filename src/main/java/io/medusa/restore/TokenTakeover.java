package io.medusa.restore;

import io.medusa.cassandra.TokenSettings;
import io.medusa.error.FailureKind;
import io.medusa.error.Failures;
import io.medusa.error.MedusaException;
import io.medusa.os.Privileges;
import io.medusa.os.SudoRules;
import io.medusa.os.SudoRules.Doubt;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's {@code cassandra.yaml} while it takes over the tokens of another node: replaced before the node starts, with the
 * original beside it, and restored once the node has joined and stores the tokens itself.
 */
final class TokenTakeover {
    private static final Logger LOG = LoggerFactory.getLogger(TokenTakeover.class);
    private static final String SUFFIX = ".medusa-original";

    private final Path file;
    private final boolean sudoAllowed;

    TokenTakeover(Path file, boolean sudoAllowed) {
        this.file = file.toAbsolutePath();
        this.sudoAllowed = sudoAllowed;
    }

    private Privileges privileges() {
        return Privileges.overFile(file, sudoAllowed);
    }

    private Path original() {
        return file.resolveSibling(file.getFileName() + SUFFIX);
    }

    /** The original file, from before the number of tokens in it was changed permanently. */
    private Path before() {
        return file.resolveSibling(file.getFileName() + ".medusa-before");
    }

    /** The fingerprint of the file as the operator wrote it. */
    String fingerprint() {
        return fingerprint(Files.exists(original()) ? original() : file);
    }

    private static String fingerprint(Path file) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + file, failed, FailureKind.LOCAL_FILE);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /**
     * Reverts the changes of an undone restore to the file; copies that another restore left beside it stay.
     *
     * @param settings the fingerprint before that restore, if it changed the file
     */
    void undo(Optional<String> settings) {
        if (settings.isEmpty()) {
            return;
        }
        if (isThat(original(), settings.get())) {
            giveBack();
        } else if (isThat(before(), settings.get())) {
            if (differsInNumberOfTokensOnly()) {
                privileges().moveOver(before(), file);
                LOG.info("Restored {} as it was before the restore", file);
            } else {
                LOG.warn(
                        "{} was edited since the restore and is left unchanged. Compare num_tokens, initial_token and"
                                + " auto_bootstrap with {} before the next start",
                        file,
                        before());
            }
        }
    }

    private static boolean isThat(Path candidate, String fingerprint) {
        return Files.exists(candidate) && fingerprint(candidate).equals(fingerprint);
    }

    private boolean differsInNumberOfTokensOnly() {
        try {
            return TokenSettings.withNumberOfTokens(Files.readString(file), 1)
                    .equals(TokenSettings.withNumberOfTokens(Files.readString(before()), 1));
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Removes the copy that only an undo of the restore would need. */
    void forget() {
        if (Files.exists(before())) {
            privileges().remove(before());
        }
    }

    /** The text that the file would have; refuses a file that cannot be changed. */
    private String changed(List<BigInteger> tokens) {
        Path source = Files.exists(original()) ? original() : file;
        try {
            return TokenSettings.withTokens(Files.readString(source), tokens);
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + source, failed, FailureKind.LOCAL_FILE);
        }
    }

    /**
     * Checks that the file can be changed.
     *
     * @throws io.medusa.error.MedusaException if the file cannot be read as YAML or this user may not change it
     */
    void check(List<BigInteger> tokens) {
        changed(tokens);
        SudoRules sudo = new SudoRules();
        privileges().sudoReplacement(file).stream()
                .flatMap(command -> sudo.doubt(command).stream())
                .filter(Doubt::isCertain)
                .findFirst()
                .ifPresent(doubt -> {
                    throw new MedusaException(
                            FailureKind.REFUSED,
                            "writing tokens to " + file + " would fail: " + doubt.why()
                                    + ". Cassandra was not stopped. No data was changed");
                });
    }

    /** Writes the tokens to the file; idempotent. */
    void take(List<BigInteger> tokens) {
        if (Files.exists(original())) {
            // an earlier run was interrupted: start from what the operator wrote
            privileges().moveOver(original(), file);
        }
        privileges().replaceFile(file, changed(tokens), original());
        LOG.info("Wrote {} tokens of the backup to {} (original: {})", tokens.size(), file, original());
    }

    /**
     * Puts the original back, if there is one; with the number of tokens that the node has now, since it would not start with
     * another.
     *
     * @param tokens number of tokens that the node has taken over
     */
    void giveBack(int tokens) {
        giveBack();
        try {
            String text = Files.readString(file);
            String fitting = TokenSettings.withNumberOfTokens(text, tokens);
            if (!fitting.equals(text)) {
                forget();
                privileges().replaceFile(file, fitting, before());
                LOG.warn("Set num_tokens in {} to {}, the number of tokens that the node has taken over", file, tokens);
            }
        } catch (IOException failed) {
            throw Failures.ofFile("reading " + file, failed, FailureKind.LOCAL_FILE);
        }
    }

    /** Puts the original back, if there is one. */
    void giveBack() {
        if (Files.exists(original())) {
            privileges().moveOver(original(), file);
            LOG.info("Restored the original {}: the node stores its tokens itself now", file);
        }
    }
}
