"""Entry point of `python -m trackforge_client`."""

import sys

from trackforge_client.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
