"""Finding films by words of what is known of them. See ADR 0045."""
