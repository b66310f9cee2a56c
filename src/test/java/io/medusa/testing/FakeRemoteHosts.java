package io.medusa.testing;

import io.medusa.remote.CommandResult;
import io.medusa.remote.RemoteHosts;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BiFunction;

/** Hosts that answer by a script, and remember what they were sent. */
public final class FakeRemoteHosts implements RemoteHosts {
    private final List<String> sent = new CopyOnWriteArrayList<>();
    private final BiFunction<String, String, CommandResult> script;

    /** @param script the result by host and command */
    public FakeRemoteHosts(BiFunction<String, String, CommandResult> script) {
        this.script = script;
    }

    @Override
    public CommandResult run(String host, String command, byte[] input) {
        sent.add(host + ": " + command + new String(input, StandardCharsets.UTF_8));
        return script.apply(host, command);
    }

    /** Every command, with its host before it and its input after it. */
    public List<String> sent() {
        return List.copyOf(sent);
    }

    @Override
    public void close() {}
}
