package io.medusa.os;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import java.lang.ref.Cleaner;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * MD5 by the system's libcrypto: about twice as fast as Java's own while the JVM's second compiler is off. Absent if there is no
 * such library or it refuses MD5. For one thread at a time.
 */
public final class NativeMd5 extends MessageDigest {
    private static final int LENGTH = 16;
    private static final Cleaner CLEANER = Cleaner.create();

    private final Pointer context;

    private NativeMd5(Pointer context) {
        super("MD5");
        this.context = context;
        CLEANER.register(this, () -> Libcrypto.EVP_MD_CTX_free(context));
    }

    /** The functions used, of OpenSSL 1.1 and 3. */
    private static final class Libcrypto {
        private static final boolean LOADED = load();

        private Libcrypto() {}

        private static boolean load() {
            for (String name : List.of("libcrypto.so.3", "libcrypto.so.1.1")) {
                try {
                    Native.register(Libcrypto.class, NativeLibrary.getInstance(name));
                    return true;
                } catch (UnsatisfiedLinkError | NoClassDefFoundError missing) {
                    // try the next one
                }
            }
            return false;
        }

        static native Pointer EVP_MD_CTX_new();

        static native void EVP_MD_CTX_free(Pointer context);

        static native Pointer EVP_md5();

        static native int EVP_DigestInit_ex(Pointer context, Pointer type, @Nullable Pointer engine);

        static native int EVP_DigestUpdate(Pointer context, Pointer data, long length);

        static native int EVP_DigestFinal_ex(Pointer context, byte[] digest, @Nullable Pointer length);
    }

    /** A started hash, if the system supports it. */
    public static Optional<MessageDigest> create() {
        if (!Libcrypto.LOADED) {
            return Optional.empty();
        }
        NativeMd5 digest = new NativeMd5(Libcrypto.EVP_MD_CTX_new());
        return digest.begin() ? Optional.of(digest) : Optional.empty();
    }

    private boolean begin() {
        return Libcrypto.EVP_DigestInit_ex(context, Libcrypto.EVP_md5(), null) == 1;
    }

    @Override
    protected void engineUpdate(byte input) {
        engineUpdate(new byte[] {input}, 0, 1);
    }

    @Override
    protected void engineUpdate(byte[] input, int offset, int length) {
        ByteBuffer outside = ByteBuffer.allocateDirect(length);
        engineUpdate(outside.put(input, offset, length).flip());
    }

    /** Adds bytes; without copying if the buffer is outside the heap. */
    @Override
    protected void engineUpdate(ByteBuffer input) {
        if (!input.isDirect()) {
            super.engineUpdate(input);
            return;
        }
        Pointer data = Native.getDirectBufferPointer(input).share(input.position());
        check(Libcrypto.EVP_DigestUpdate(context, data, input.remaining()));
        input.position(input.limit());
    }

    @Override
    protected byte[] engineDigest() {
        byte[] digest = new byte[LENGTH];
        check(Libcrypto.EVP_DigestFinal_ex(context, digest, null));
        engineReset();
        return digest;
    }

    @Override
    protected void engineReset() {
        check(begin() ? 1 : 0);
    }

    @Override
    protected int engineGetDigestLength() {
        return LENGTH;
    }

    private static void check(int result) {
        if (result != 1) {
            throw new IllegalStateException("libcrypto failed to compute MD5");
        }
    }
}
