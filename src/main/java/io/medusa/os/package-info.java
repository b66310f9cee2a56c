/** What the operating system offers beyond the JDK: file system sync, in-kernel copies, I/O class and niceness. */
@NullMarked
package io.medusa.os;

import org.jspecify.annotations.NullMarked;
