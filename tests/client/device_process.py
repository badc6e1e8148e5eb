"""A device in a process of its own, to be killed: writes and pushes until it is."""

import asyncio
import sys

from trackforge_client import Device, Retryable


async def main(path: str, base_url: str) -> None:
    """Write, push, and print the id of each stored write, after the line `ready`."""
    async with Device(path, base_url, push_changes=20) as phone:
        print("ready", flush=True)
        while True:
            with phone.writing():
                ids = [phone.put("exercises", {"name": "Squat"}) for _ in range(10)]
            print(*ids, sep="\n", flush=True)
            try:
                await phone.push()
            except Retryable:
                continue


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2]))
