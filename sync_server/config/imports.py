"""Settings of imports."""

from dataclasses import dataclass

from sync_server.config.parsing import setting
from sync_server.config.units import MIB


@dataclass(frozen=True, slots=True)
class ImportSettings:
    """Settings of imports."""

    import_max_bytes: int = setting(10 * MIB, "Maximum size of a file to import", 1)
    import_archive_max_bytes: int = setting(
        2048 * MIB, "Maximum size of an Apple Health export, as it is sent", 1
    )
    import_max_rows: int = setting(100_000, "Maximum rows of a file to import", 1)
    import_time_limit_s: float = setting(60.0, "Timeout of one import", 0.01)
    import_archive_time_limit_s: float = setting(
        900.0, "Timeout of sending an Apple Health export, and of importing it", 0.01
    )
