"""How long a training takes and what memory it holds, by the number of ratings and of workers."""
