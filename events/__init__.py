"""What happened, and keeping it."""
