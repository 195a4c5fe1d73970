"""What is read: each file one model, a row and a pure `project(row, happened) -> row`.

A model names the stream categories it follows; its rows are keyed by stream, or by what `keys` says. No SQL and no
clock: rows are rebuilt by replay, and `match` without a catch-all makes a new event fail the type check here until it
was considered.
"""
