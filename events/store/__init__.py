"""Keeping what happened: an append-only log in SQLite or PostgreSQL."""
