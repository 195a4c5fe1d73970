"""How alembic reaches a database: over the connection, and in the transaction, of whoever opens the store."""

from alembic import context

context.configure(**context.config.attributes)
context.run_migrations()
