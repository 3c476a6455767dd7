"""Films that lists and searches are narrowed to. See ADR 0047."""
