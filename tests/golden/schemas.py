"""What a database holds, in a form that two of them can be compared by: its schema, and all its rows."""

import re
from typing import Any, Final

import sqlalchemy as sa

READ_MODEL: Final = re.compile(r".+_v\d+(_.*)?")
"""Tables of read models belong to a version of the model, and no migration touches them."""

_CODE: Final = {
    "sqlite": {"trigger": "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"},
    "postgresql": {
        "trigger": "SELECT tgrelid::regclass || '.' || tgname, pg_get_triggerdef(oid) || tgenabled::text FROM pg_trigger WHERE NOT tgisinternal",
        "function": "SELECT oid::regprocedure::text, pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = current_schema()::regnamespace",
        "sequence": "SELECT schemaname || '.' || sequencename, data_type::text FROM pg_sequences",
    },
}


def schema(connection: sa.Connection) -> dict[str, Any]:
    """Columns, keys, constraints and indexes of every table; triggers, functions and sequences."""
    inspector = sa.inspect(connection)
    found: dict[str, Any] = {}
    for place, table in _tables(connection):
        if READ_MODEL.fullmatch(table):
            continue
        found[f"table {table}"] = {
            "columns": sorted(
                (column["name"], str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table, place)
            ),
            "key": inspector.get_pk_constraint(table, place),
            "unique": inspector.get_unique_constraints(table, place),
            "checks": inspector.get_check_constraints(table, place),
            "indexes": sorted(inspector.get_indexes(table, place), key=repr),
        }
    for kind, query in _CODE[connection.dialect.name].items():
        for name, definition in connection.execute(sa.text(query)):
            found[f"{kind} {name}"] = " ".join(definition.split())
    return found


def rows(connection: sa.Connection) -> dict[str, list[Any]]:
    """Every row of every table."""
    found = {}
    for place, table in _tables(connection):
        read = sa.Table(table, sa.MetaData(), schema=place, autoload_with=connection)
        found[table] = sorted((tuple(row) for row in connection.execute(sa.select(read))), key=repr)
    return found


def _tables(connection: sa.Connection) -> list[tuple[str | None, str]]:
    inspector = sa.inspect(connection)
    places = [None, "vault"] if inspector.has_schema("vault") else [None]
    return [(place, table) for place in places for table in sorted(inspector.get_table_names(place))]
