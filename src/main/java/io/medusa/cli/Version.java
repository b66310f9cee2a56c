package io.medusa.cli;

import picocli.CommandLine.IVersionProvider;

/** The version of the distribution. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
        String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {version == null ? "development" : version};
    }
}
