"""Compares the project's models with those of open libraries, on the same splits in one run."""

import os

# One core for everybody. OpenMP and BLAS read it when they are loaded, hence here.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "IRSPACK_NUM_THREADS_DEFAULT"):
    os.environ[_name] = "1"
