package io.medusa.model;

/**
 * The server that wrote the data.
 *
 * @param serverType {@code cassandra} or {@code dse}
 * @param releaseVersion such as {@code 5.0.9}; {@code unknown} if the backup does not record it
 */
public record ServerVersion(String serverType, String releaseVersion) {
    /** For backups that do not record a version. */
    public static final ServerVersion UNKNOWN = new ServerVersion("cassandra", "unknown");
}
