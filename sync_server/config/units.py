"""Units of sizes and durations."""

KIB, MIB, DAY_S = 1024, 1024 * 1024, 86_400
