"""How reminders come, from the command line."""

from pathlib import Path

from tests.service.served import quick


def test_a_policy_is_shown_and_changed_part_by_part(tmp_path: Path) -> None:
    first = quick("reminders", "policy", folder=tmp_path)
    assert (first.code, first.out.strip()) == (0, "Nothing was set: the usual holds.")
    changed = quick("reminders", "policy", "--offsets", "evaluation: P60D", "--shift", "back", folder=tmp_path)
    assert changed.code == 0, changed.err
    more = quick(
        "reminders", "policy", "--offsets", "fixDay:", "--quiet", "20:00-07:00", "--escalate", "P3D deputy",
        folder=tmp_path,
    )  # fmt: skip
    assert more.code == 0, more.err
    shown = quick("reminders", "policy", folder=tmp_path).out.splitlines()
    assert shown == [
        "evaluation: P60D",
        "fixDay: -",
        "shift: back (to the working day before)",
        "quiet: 20:00-07:00",
        "P3D deputy (deputy account manager)",
    ]
    wrong = quick("reminders", "policy", "--offsets", "evaluation P60D", folder=tmp_path)
    assert wrong.code == 1
    assert "evaluation: P60D, P30D" in wrong.err


def test_days_and_managers_are_shown_and_set(tmp_path: Path) -> None:
    done = quick("reminders", "days", "--closed", "--07-11 Feestdag", "--year", "2028", folder=tmp_path)
    assert done.code == 0, done.err
    assert done.out.splitlines()[:2] == ["holidays of: BE", "--07-11 Feestdag"]
    assert "2028-07-11 Feestdag" in done.out
    assert quick("reminders", "managers", folder=tmp_path).out == ""
    nobody = quick("reminders", "managers", "nobody", folder=tmp_path)
    assert nobody.code == 1
