"""Simulated experiments: clicks by a known model on lists made of real ratings."""
