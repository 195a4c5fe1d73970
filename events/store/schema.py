"""The tables of the log, and the triggers that keep it append-only, for both databases."""

from pathlib import Path
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from events.store.migrating import Part, bring_up_to_date

metadata = sa.MetaData()

_BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

events = sa.Table(
    "events",
    metadata,
    sa.Column("position", _BigId, primary_key=True, autoincrement=False),
    sa.Column("stream", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Index("events_stream", "stream", "version", unique=True),
)
"""recorded_at: microseconds since 1970, UTC. body: the canonical bytes, as they were hashed."""

head = sa.Table(
    "head",
    metadata,
    sa.Column("id", sa.Integer, sa.CheckConstraint("id = 1"), primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
)
"""One row: the log's size. An append locks it, so positions are contiguous and in commit order."""

commands = sa.Table(
    "commands",
    metadata,
    sa.Column("command_id", sa.Text, primary_key=True),
    sa.Column("request_hash", sa.LargeBinary, nullable=False),
    sa.Column("first_position", sa.BigInteger),
    sa.Column("last_position", sa.BigInteger),
    sa.Column("recorded_at", sa.BigInteger, nullable=False),
)
"""What each command did, without its body."""

event_types = sa.Table(
    "event_types",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
)
"""The types and schema versions in the log: a release that does not know one of them does not start."""

register = sa.Table(
    "register",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""Facts about this store, such as whether it is a demonstration."""

checkpoints = sa.Table(
    "checkpoints",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
)
"""How far each table of a read model is: `name` for the live one, `name:new` for one being built, and so on."""

parked = sa.Table(
    "parked",
    metadata,
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("stream", sa.Text, primary_key=True),
    sa.Column("position", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("parked_at", sa.BigInteger, nullable=False),
)
"""Streams that a table of a read model (named as in `checkpoints`) leaves out from a position on, and why."""

rebuilds = sa.Table(
    "rebuilds",
    metadata,
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("started_at", sa.BigInteger, nullable=False),
    sa.Column("ended_at", sa.BigInteger),
    sa.Column("reason", sa.Text),
)
"""The last rebuild of each read model."""

leases = sa.Table(
    "leases",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("token", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
)
"""Who does what only one may do at a time; the token grows with every new owner."""

log_tiles = sa.Table(
    "log_tiles",
    metadata,
    sa.Column("level", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hashes", sa.LargeBinary, nullable=False),
)
"""The hashes of the log's tree, 32 bytes each and at most 256 to a row; the last row of a level grows."""

log_checkpoints = sa.Table(
    "log_checkpoints",
    metadata,
    sa.Column("size", _BigId, primary_key=True, autoincrement=False),
    sa.Column("note", sa.LargeBinary, nullable=False),
    sa.Column("sealed_at", sa.BigInteger, nullable=False),
)
"""What the log has signed of itself: one for each size that it was sealed at, from 0. The tiles are of the last one."""

log_keys = sa.Table(
    "log_keys",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("verifier", sa.Text, nullable=False, unique=True),
    sa.Column("from_size", sa.BigInteger, nullable=False),
    sa.Column("until_size", sa.BigInteger),
)
"""Every key that signs checkpoints or did: `name+hash+base64`, and the size of the log when it began and ended."""

log_cosignatures = sa.Table(
    "log_cosignatures",
    metadata,
    sa.Column("size", _BigId, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("line", sa.Text, nullable=False),
)
"""Signature lines of witnesses, to be served under the checkpoint of that size; by the witness' name and key id."""

log_publications = sa.Table(
    "log_publications",
    metadata,
    sa.Column("destination", sa.Text, primary_key=True),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("failures", sa.Integer, nullable=False),
    sa.Column("next_at", sa.BigInteger, nullable=False),
    sa.Column("reason", sa.Text),
)
"""Where checkpoints go: the last that arrived, and since then how many tries failed, why, and when the next may be."""

_APPEND_ONLY: Final = ("events", "commands", "log_checkpoints")

_SQLITE_TRIGGERS: Final = (
    *(
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{action.lower()} BEFORE {action} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in _APPEND_ONLY
        for action in ("UPDATE", "DELETE")
    ),
    # INSERT OR REPLACE deletes without asking the triggers for DELETE, unless a connection has recursive_triggers on,
    # as all of ours have. For events that has to do: a trigger that looks for the row before each insert costs a sixth.
    (
        "CREATE TRIGGER IF NOT EXISTS commands_no_replace BEFORE INSERT ON commands "
        "WHEN EXISTS (SELECT 1 FROM commands WHERE command_id = NEW.command_id) "
        "BEGIN SELECT RAISE(ABORT, 'commands is append-only'); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS log_tiles_only_grow BEFORE UPDATE ON log_tiles "
        "WHEN NEW.level <> OLD.level OR NEW.number <> OLD.number "
        "OR substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes "
        "BEGIN SELECT RAISE(ABORT, 'log_tiles only grow'); END"
    ),
    *(
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_delete BEFORE DELETE ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} only grow'); END"
        for table in ("log_tiles", "log_keys")
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS head_no_replace BEFORE INSERT ON head WHEN EXISTS (SELECT 1 FROM head) "
        "BEGIN SELECT RAISE(ABORT, 'head only grows'); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS head_only_grows BEFORE UPDATE ON head WHEN NEW.size < OLD.size "
        "BEGIN SELECT RAISE(ABORT, 'head only grows'); END"
    ),
    (
        "CREATE TRIGGER IF NOT EXISTS head_no_delete BEFORE DELETE ON head "
        "BEGIN SELECT RAISE(ABORT, 'head only grows'); END"
    ),
)

_POSTGRESQL_TRIGGERS: Final = (
    (
        "CREATE OR REPLACE FUNCTION errera_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    ),
    (
        "CREATE OR REPLACE FUNCTION errera_head_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'head only grows'; END $$"
    ),
    *(
        f"CREATE OR REPLACE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION errera_append_only()"
        for table in _APPEND_ONLY
    ),
    (
        "CREATE OR REPLACE FUNCTION errera_tiles_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN IF NEW.level <> OLD.level OR NEW.number <> OLD.number "
        "OR substring(NEW.hashes FROM 1 FOR length(OLD.hashes)) <> OLD.hashes "
        "THEN RAISE EXCEPTION 'log_tiles only grow'; END IF; RETURN NEW; END $$"
    ),
    (
        "CREATE OR REPLACE TRIGGER log_tiles_only_grow BEFORE UPDATE ON log_tiles "
        "FOR EACH ROW EXECUTE FUNCTION errera_tiles_only_grow()"
    ),
    *(
        f"CREATE OR REPLACE TRIGGER {table}_no_delete BEFORE DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION errera_append_only()"
        for table in ("log_tiles", "log_keys")
    ),
    (
        "CREATE OR REPLACE TRIGGER head_append_only BEFORE DELETE OR TRUNCATE ON head "
        "FOR EACH STATEMENT EXECUTE FUNCTION errera_append_only()"
    ),
    (
        "CREATE OR REPLACE TRIGGER head_only_grows BEFORE UPDATE ON head "
        "FOR EACH ROW WHEN (NEW.size < OLD.size) EXECUTE FUNCTION errera_head_only_grows()"
    ),
)

POSTGRESQL_APPEND: Final = """\
CREATE OR REPLACE FUNCTION errera_append(
    taken_streams text[], taken_versions integer[], free_streams text[], free_versions integer[],
    command_ids text[], request_hashes bytea[], firsts integer[], lasts integer[],
    event_streams text[], event_versions integer[], bodies bytea[], clock_offset bigint,
    OUT base bigint, OUT instant bigint
) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE head SET
        size = size + cardinality(bodies),
        recorded_at = greatest(
            recorded_at, (date_part('epoch', clock_timestamp()) * 1000000)::bigint + clock_offset
        )
    WHERE id = 1
    RETURNING size - cardinality(bodies), recorded_at INTO base, instant;
    -- Statements of their own: under READ COMMITTED they see what the lock's last holder committed.
    IF cardinality(taken_streams) > 0 THEN
        PERFORM FROM unnest(taken_streams, taken_versions) AS e (stream, version)
        WHERE NOT EXISTS (SELECT FROM events WHERE events.stream = e.stream AND events.version = e.version);
        IF FOUND THEN
            RAISE unique_violation USING MESSAGE = 'a stream is not that far';
        END IF;
    END IF;
    IF cardinality(free_streams) > 0 THEN
        PERFORM FROM unnest(free_streams, free_versions) AS e (stream, version)
        WHERE EXISTS (SELECT FROM events WHERE events.stream = e.stream AND events.version = e.version);
        IF FOUND THEN
            RAISE unique_violation USING MESSAGE = 'a stream is further';
        END IF;
    END IF;
    INSERT INTO events (position, stream, version, recorded_at, body)
    SELECT base + e.number, e.stream, e.version, instant, e.body
    FROM unnest(event_streams, event_versions, bodies) WITH ORDINALITY AS e (stream, version, body, number);
    INSERT INTO commands (command_id, request_hash, first_position, last_position, recorded_at)
    SELECT c.id, c.hash, base + c.first, base + c.last, instant
    FROM unnest(command_ids, request_hashes, firsts, lasts) AS c (id, hash, first, last);
END $$"""
"""One batch of appends, all of it, or a unique violation: of a stream's next version, of a command id, or of what it
was decided on (`taken` versions must be there, `free` ones must not). `base` is the log's size before it; `firsts` and
`lasts` count from there and are null for a command without events.
"""

POSTGRESQL_APPEND_ONE: Final = """\
CREATE OR REPLACE FUNCTION errera_append_one(
    to_stream text, next_version integer, command text, request bytea, event bytea, clock_offset bigint,
    OUT base bigint, OUT instant bigint
) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE head SET
        size = size + 1,
        recorded_at = greatest(
            recorded_at, (date_part('epoch', clock_timestamp()) * 1000000)::bigint + clock_offset
        )
    WHERE id = 1
    RETURNING size - 1, recorded_at INTO base, instant;
    IF next_version <> 1 THEN
        PERFORM FROM events WHERE stream = to_stream AND version = next_version - 1;
        IF NOT FOUND THEN
            RAISE unique_violation USING MESSAGE = 'the stream is not that far';
        END IF;
    END IF;
    INSERT INTO events (position, stream, version, recorded_at, body)
    VALUES (base + 1, to_stream, next_version, instant, event);
    INSERT INTO commands (command_id, request_hash, first_position, last_position, recorded_at)
    VALUES (command, request, base + 1, base + 1, instant);
END $$"""
"""The same for one event that was decided on its own stream alone, as a lone writer's are: a tenth less."""

LOG: Final = Part(
    name="log",
    tables=metadata,
    revision="0002",
    migrations=Path(__file__).parent / "migrations" / "log",
    known_by="events",
    guards={
        "sqlite": _SQLITE_TRIGGERS,
        "postgresql": (*_POSTGRESQL_TRIGGERS, POSTGRESQL_APPEND, POSTGRESQL_APPEND_ONE),
    },
)
"""A table changed above is changed in the open migration too, for databases that are there already."""


async def create_schema(connection: AsyncConnection) -> None:
    """Create or upgrade the tables. Several processes may. Raises SchemaTooNewError, UpgradeFailedError."""
    await connection.run_sync(bring_up_to_date, LOG)
    if await connection.scalar(sa.select(head.c.id)) is None:
        await connection.execute(head.insert().values(id=1, size=0, recorded_at=0))
