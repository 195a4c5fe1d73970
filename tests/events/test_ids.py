"""Ids that nobody else has."""

import os

from events.envelope import new_command_id, new_event_id


def test_ids_are_unlike_each_other_and_commands_come_in_order() -> None:
    events = [new_event_id() for _ in range(10_000)]
    assert len({*events}) == len(events)
    commands = [new_command_id() for _ in range(1_000)]
    assert sorted({*commands}) == commands


def test_a_forked_process_makes_others() -> None:
    reading, writing = os.pipe()
    new_event_id()
    if (child := os.fork()) == 0:
        os.write(writing, new_event_id().encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 100).decode() != new_event_id()
    os.close(reading)
    os.close(writing)
