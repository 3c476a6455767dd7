"""The read that a frontend lives on: a page of the viewer's list in one query."""
