package io.medusa.config;

import java.nio.file.Path;
import java.util.OptionalInt;

/** {@code [ssh]}: its options and how they are read. */
final class SshSection {
    static final Section SECTION = new Section("ssh");

    static final Option<String> USERNAME = SECTION.option(
            "username",
            OptionType.TEXT,
            null,
            "User on the other hosts. Default: from ~/.ssh/config, else the user who runs medusa.",
            "medusa");

    static final Option<Path> KEY_FILE = SECTION.option(
            "key_file",
            OptionType.PATH,
            "",
            "Private key. Default: from ~/.ssh/config or the agent.",
            "/home/medusa/.ssh/id_ed25519");

    static final Option<Integer> PORT = SECTION.option(
            "port",
            OptionType.range(1, 65_535, "write a port between 1 and 65535"),
            "22",
            "Port of the SSH servers, if set; else from ~/.ssh/config.");

    static final Option<Path> CERT_FILE = SECTION.option(
            "cert_file",
            OptionType.PATH,
            "",
            "Certificate of the private key.",
            "/home/medusa/.ssh/id_ed25519-cert.pub");

    static final Option<Boolean> USE_PTY = SECTION.option("use_pty", OptionType.BOOL, "False", "Request a terminal.");

    static final Option<Integer> KEEPALIVE_SECONDS =
            SECTION.option("keepalive_seconds", OptionType.NOT_NEGATIVE, "60", "Seconds between keep-alive messages.");

    static final Option<Boolean> LOGIN_SHELL =
            SECTION.option("login_shell", OptionType.BOOL, "False", "Run commands in a login shell.");

    static final Option<MedusaConfig.HostKeys> HOST_KEYS = SECTION.option(
            "host_keys",
            OptionType.choice(MedusaConfig.HostKeys.values()),
            "strict",
            "Hosts missing from known_hosts: strict rejects them, accept-new adds their keys, off checks "
                    + "nothing. A changed key is rejected unless this is off.");

    private SshSection() {}

    static MedusaConfig.Ssh read(Values values) {
        return new MedusaConfig.Ssh(
                values.find(USERNAME),
                // the default is for documentation: ~/.ssh/config decides unless somebody sets the option
                values.isSet(PORT) ? OptionalInt.of(values.get(PORT)) : OptionalInt.empty(),
                values.find(KEY_FILE),
                values.find(CERT_FILE),
                values.get(USE_PTY),
                values.get(KEEPALIVE_SECONDS),
                values.get(LOGIN_SHELL),
                values.get(HOST_KEYS));
    }
}
