"""People and prose, encrypted, apart from the log."""
