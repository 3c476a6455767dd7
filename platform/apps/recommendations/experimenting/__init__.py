"""Experiments: who reads which variant, and what can be said of the difference.

All of it is plain Python: the web process shows reports and has no NumPy.
"""
