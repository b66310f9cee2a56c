package io.medusa.model;

/**
 * What wrote the data.
 *
 * @param serverType {@code cassandra} or {@code dse}
 * @param releaseVersion such as {@code 5.0.9}; {@code unknown} where the backup does not say
 */
public record ServerVersion(String serverType, String releaseVersion) {
    /** For backups that do not say what wrote them. */
    public static final ServerVersion UNKNOWN = new ServerVersion("cassandra", "unknown");
}
