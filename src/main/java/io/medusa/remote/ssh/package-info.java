/** Other hosts over SSH, by Apache MINA SSHD. */
@NullMarked
package io.medusa.remote.ssh;

import org.jspecify.annotations.NullMarked;
