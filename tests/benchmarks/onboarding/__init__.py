"""How fast lists get good, by which films a new viewer is asked about."""
