"""What thousands of idle streams cost a push process, and how soon all of them are told."""
