"""Strict JSON: what the quick way and the thorough way make of a text is the same."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.api.strict_json import MOST_ITEMS, JsonRefusedError, parse

_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_TEXTS, inner, max_size=5),
    max_leaves=20,
)


@given(_VALUES)
def test_a_value_is_read_as_it_was_written_whether_or_not_it_needs_a_second_look(value: Any) -> None:
    written = json.dumps(value, ensure_ascii=False)
    assert parse(written.encode()) == value
    assert parse(f'[{written}, "\\u0041"]'.encode()) == [value, "A"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a": 1, "a": 2}', "json.duplicateKey"),
        ('{"a": {"b": 1, "b": 1}}', "json.duplicateKey"),
        ('{"a": NaN}', "json.notANumber"),
        ('{"a": 1e999}', "json.numberTooLarge"),
        (f'{{"a": {2**63}}}', "json.numberTooLarge"),
        ('{"a": "\\u0000"}', "text.forbiddenCharacter"),
        ('{"a": "\\ud800"}', "json.loneSurrogate"),
        ("[" * 65 + "]" * 65, "json.tooDeep"),
        ("[" + "1," * MOST_ITEMS + "1]", "list.tooLong"),
        ('{"a": }', "json.malformed"),
        ("\ufeff{}", "json.malformed"),
    ],
)
def test_what_can_be_read_in_two_ways_is_refused(text: str, code: str) -> None:
    with pytest.raises(JsonRefusedError) as refused:
        parse(text.encode())
    assert [issue.code for issue in refused.value.issues] == [code]
