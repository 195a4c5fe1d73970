"""A log's tables as the verifier finds them."""

from events.log.verification.places import Place
from events.log.verification.postgresql import postgresql_place
from events.log.verification.sqlite import SqlitePlace
from events.store.sql import SqlStore


def place_of(store: SqlStore) -> Place:
    if store.database.sqlite:
        return SqlitePlace(store.database.path)
    return postgresql_place(store.database.url.render_as_string(hide_password=False))
