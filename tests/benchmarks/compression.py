"""What compressing an answer takes, and what it saves, for the files that are named.

Save answers of a running platform first: `curl -H "Authorization: Bearer …" …/movies/ > list.json`.
Libraries that are not installed are left out.
"""

import gzip
import json
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from statistics import median
from time import process_time_ns
from typing import Any

ROUNDS = 60

Compress = Callable[[bytes], bytes]


def ways() -> Iterator[tuple[str, Compress]]:
    for level in (1, 3, 6):
        yield f"gzip {level}", lambda text, level=level: gzip.compress(text, level, mtime=0)
    for name, module, of in (
        ("igzip 1", "isal.igzip", lambda library: lambda text: library.compress(text, 1)),
        ("zstd 1", "zstandard", lambda library: library.ZstdCompressor(level=1).compress),
        ("br 1", "brotli", lambda library: lambda text: library.compress(text, quality=1)),
    ):
        try:
            yield name, of(import_module(module))
        except ImportError:
            continue


def measured(text: bytes, compress: Compress) -> dict[str, Any]:
    """CPU time, which other programs of the machine disturb least."""
    times = []
    for _ in range(ROUNDS):
        began = process_time_ns()
        packed = compress(text)
        times.append((process_time_ns() - began) / 1e6)
    took = median(times)
    saved_bits = 8 * (len(text) - len(packed))
    return {"ms": took, "bytes": len(packed), "pays_below_mbit_s": saved_bits / took / 1000}


def main(files: list[str]) -> None:
    found = {}
    for file in files:
        text = Path(file).read_bytes()
        sys.stdout.write(f"{file}: {len(text)} bytes\n")
        found[file] = {name: measured(text, compress) for name, compress in ways()}
        for name, each in found[file].items():
            sys.stdout.write(
                f"  {name:8} {each['ms']:7.3f} ms {each['bytes']:8} bytes,"
                f" pays below {each['pays_below_mbit_s']:7.0f} Mbit/s\n"
            )
    sys.stdout.write(f"{json.dumps(found)}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
