"""The machine of a measurement."""

import platform

import psutil


def machine() -> dict[str, object]:
    """Cores, memory, system and Python, for the results."""
    return {
        "cores": psutil.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": platform.system(),
        "architecture": platform.machine(),
        "python": platform.python_version(),
    }
