"""Checkpoints leave the house: whoever would rewrite the log cannot rewrite those."""
