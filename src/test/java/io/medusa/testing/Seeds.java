package io.medusa.testing;

import net.jqwik.api.lifecycle.AroundPropertyHook;
import net.jqwik.api.lifecycle.PropagationMode;
import net.jqwik.api.lifecycle.PropertyExecutionResult;
import net.jqwik.api.lifecycle.PropertyExecutor;
import net.jqwik.api.lifecycle.PropertyLifecycleContext;

/**
 * Where random searches start: a fixed seed, so that the build is the same each time, or the one of {@code -Dmedusa.seed}. As a hook
 * of jqwik, for its properties, too.
 */
public final class Seeds implements AroundPropertyHook {
    /** The seed of this build. */
    public static long ofThisBuild() {
        return Long.getLong("medusa.seed", 42);
    }

    @Override
    public PropertyExecutionResult aroundProperty(PropertyLifecycleContext context, PropertyExecutor property) {
        if (context.attributes().seed().isEmpty()) {
            context.attributes().setSeed(String.valueOf(ofThisBuild()));
        }
        return property.execute();
    }

    @Override
    public PropagationMode propagateTo() {
        return PropagationMode.ALL_DESCENDANTS;
    }
}
