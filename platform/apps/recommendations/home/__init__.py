"""The home page of a viewer: titled rows of films, none of which comes twice."""
