package io.medusa.config;

/** {@code [checks]}: its options and how they are read. */
final class ChecksSection {
    static final Section SECTION = new Section("checks");

    static final Option<MedusaConfig.HealthCheck> HEALTH_CHECK = SECTION.option(
            "health_check",
            OptionType.choice(MedusaConfig.HealthCheck.values()),
            "cql",
            "What must respond after a restore: cql, thrift or all.");

    static final Option<String> QUERY = SECTION.option(
            "query", OptionType.TEXT, "", "CQL query to run after a restore.", "SELECT * FROM shop.users");

    static final Option<Integer> EXPECTED_ROWS = SECTION.option(
            "expected_rows", OptionType.INTEGER, "0", "Number of rows the query must return. 0: not checked.");

    static final Option<String> EXPECTED_RESULT = SECTION.option(
            "expected_result",
            OptionType.TEXT,
            "",
            "First row the query must return, values separated by commas.",
            "1,Ada");

    static final Option<Boolean> ENABLE_MD5_CHECKS = SECTION.option(
            "enable_md5_checks", OptionType.BOOL, "false", "Compare content by hash in every backup and verify.");

    static final Option<Integer> MD5_CHECK_CONCURRENCY =
            SECTION.option("md5_check_concurrency", OptionType.INTEGER, "1", "Number of files hashed concurrently.");

    private ChecksSection() {}

    static MedusaConfig.Checks read(Values values) {
        return new MedusaConfig.Checks(
                values.get(HEALTH_CHECK),
                values.get(QUERY),
                values.get(EXPECTED_ROWS),
                values.get(EXPECTED_RESULT),
                values.get(ENABLE_MD5_CHECKS));
    }
}
