"""Measures the recommender on a file of ratings; every number of docs/ALGORITHM.md that
`manage.py evaluate` does not print comes from here.
"""

import os

# One core, as in the workers. It has to be said before NumPy is imported, hence here.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
