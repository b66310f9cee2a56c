package io.medusa.cassandra.cql;

import com.datastax.oss.driver.internal.core.metadata.token.Murmur3Token;
import com.datastax.oss.driver.internal.core.metadata.token.Murmur3TokenFactory;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Computes the tokens of partition keys for Murmur3Partitioner, the default. */
public final class KeyTokens {
    private static final Murmur3TokenFactory MURMUR3 = new Murmur3TokenFactory();

    private KeyTokens() {}

    /** The token of a key; empty for other partitioners. */
    public static Optional<BigInteger> of(String partitioner, ByteBuffer key) {
        return partitioner.endsWith("Murmur3Partitioner") && MURMUR3.hash(key.duplicate()) instanceof Murmur3Token token
                ? Optional.of(BigInteger.valueOf(token.getValue()))
                : Optional.empty();
    }
}
