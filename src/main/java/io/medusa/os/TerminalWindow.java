package io.medusa.os;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;

/** The terminal behind standard error. */
public final class TerminalWindow {
    private static final int STDERR = 2;
    private static final int TIOCGWINSZ = 0x5413;

    private TerminalWindow() {}

    /** Rows and columns of characters. */
    public record Size(int rows, int columns) {}

    /** Its present size; empty if that is not known. */
    public static Optional<Size> size() {
        // rows and columns, then the same in pixels, of 16 bits each
        short[] size = new short[4];
        return Linux.library()
                .filter(library -> library.ioctl(STDERR, TIOCGWINSZ, (Object) size) == 0 && size[0] > 0 && size[1] > 0)
                .map(known -> new Size(size[0], size[1]));
    }

    /** Whether this process is in the terminal's foreground, or nobody knows: {@code bg} and {@code &} put it into the background. */
    public static boolean isForeground() {
        return Linux.library()
                .map(library -> {
                    int foreground = library.tcgetpgrp(STDERR);
                    return foreground < 0 || foreground == library.getpgrp();
                })
                .orElse(true);
    }

    /** Has an action run, on a thread of its own, whenever this process continues after it was stopped ({@code Ctrl-Z}, {@code fg}). */
    public static void whenContinued(Runnable action) {
        try {
            // the JDK supports it (module jdk.unsupported), but the compiler warns of whoever names it
            Class<?> signal = Class.forName("sun.misc.Signal");
            Class<?> handler = Class.forName("sun.misc.SignalHandler");
            Method handle = signal.getMethod("handle", signal, handler);
            Object own = Proxy.newProxyInstance(
                    handler.getClassLoader(), new Class<?>[] {handler}, (proxy, method, arguments) -> {
                        if (method.getName().equals("handle")) {
                            action.run();
                        }
                        return null;
                    });
            handle.invoke(null, signal.getConstructor(String.class).newInstance("CONT"), own);
        } catch (ReflectiveOperationException | RuntimeException unsupported) {
            // then what was drawn before the stop is taken for what is on the screen
        }
    }
}
