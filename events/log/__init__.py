"""The log's bytes: what a proof will be about."""
