"""What a measurement was made on, and what it took."""

import os
import platform
import resource
import sys
from pathlib import Path

import numpy as np

_STATUS = Path("/proc/self/status")
# The kernel of macOS counts the peak in bytes, that of Linux in KiB.
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def describe_machine() -> dict[str, str | int]:
    """Cores, versions and BLAS threads; nothing that names the host."""
    return {
        "cores": os.cpu_count() or 1,
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
        "blas_threads": os.environ.get("OPENBLAS_NUM_THREADS", "all"),
    }


def peak_rss_mb() -> int:
    """The most memory this process has held so far, in MB (10⁶ bytes)."""
    if _STATUS.exists():
        # What the kernel tells of resources used includes the process that started this one.
        status = dict(line.split(":", 1) for line in _STATUS.read_text().splitlines())
        return round(int(status["VmHWM"].split()[0]) * 1024 / 1_000_000)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT
    return round(peak / 1_000_000)


def peak_rss_mb_since_last_asked() -> int:
    """As `peak_rss_mb`, from the last call on where the kernel can count anew, as Linux can."""
    peak = peak_rss_mb()
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")
    return peak
