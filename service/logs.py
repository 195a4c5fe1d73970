"""Log lines: one event a line, to stderr, structured, and without anybody's data."""

import asyncio
import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog
from structlog.typing import Processor

_Event = MutableMapping[str, Any]


def configure(level: str) -> None:
    """From here on everything logs alike; of libraries only what went wrong."""
    lines: Processor = structlog.dev.ConsoleRenderer() if sys.stderr.isatty() else structlog.processors.JSONRenderer()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _where,
    ]
    structlog.configure(
        processors=[*shared, lines],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, lines],
        )
    )
    handler.addFilter(_is_news)
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)


def _where(_logger: object, _method: str, event: _Event) -> _Event:
    """An exception as its type and place. Not its message: that can quote what a person typed."""
    told = event.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-12:]
        event["error"] = type(error).__qualname__
        event["where"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return event


def _is_news(record: logging.LogRecord) -> bool:
    """That requests are cut off when the service stops is none."""
    if record.name == "uvicorn.error" and record.msg.startswith("Cancel "):
        return False
    return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))
