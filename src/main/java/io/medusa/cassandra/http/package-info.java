/** The running node through an HTTP agent in its pod: the Management API or Jolokia. */
@NullMarked
package io.medusa.cassandra.http;

import org.jspecify.annotations.NullMarked;
