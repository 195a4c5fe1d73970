"""Keeping read models up to date with the log, and making them anew beside it."""
