"""Where a run was made, and with what."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from loadtests.result import Machine

PACKAGES = ("fastapi", "starlette", "uvicorn", "sqlalchemy", "asyncpg", "redis", "locust")


def this_machine() -> Machine:
    """Hardware and system."""
    return {
        "cpu": _cpu_name(),
        "cores": cores(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "kernel": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
    }


def cores() -> int:
    """The processors that this process may use, not those that the host has."""
    allowed = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1


def package_versions() -> dict[str, str]:
    """Of the packages that the figures depend on, as far as they are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _cpu_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
