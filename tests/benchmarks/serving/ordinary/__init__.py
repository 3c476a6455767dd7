"""The ordinary way to serve recommendations, against which `make bench-serving` compares ours.

One row per recommendation, its reasons in a related table, a ListAPIView of ModelSerializers with
related rows joined and prefetched. Everything around it is the platform's own.
"""
