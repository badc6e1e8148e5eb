"""Demo account with six weeks of records, pushed to a server as by a device.

Usage: python seed.py [BASE_URL]
"""

import asyncio
import datetime
import sys

from sync_server.demo.account import create_demo_account

if __name__ == "__main__":
    url = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    pushed = asyncio.run(create_demo_account(url, datetime.date.today()))
    print(f"{pushed} changes pushed" if pushed else "the demo account is there already")
