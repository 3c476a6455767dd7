"""How many viewers' lists a second go from ratings in PostgreSQL to rows in PostgreSQL."""

import os

# Before NumPy is loaded. More threads than processes have cores would only fight.
for _library in ("OPENBLAS", "OMP"):
    os.environ[f"{_library}_NUM_THREADS"] = "1"
