"""Commands over HTTP, the whole way: `errera serve` in a process of its own, and wrk asking it with 32 connections.

Each request records a KPI's figure on one of 64 agreements: the token is checked, the agreement loaded and folded, the
rule asked, the event appended, and the agreement as it is now answered. Every figure is another, so each is an event.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import httpx

from bench.driver import run
from bench.places import TMP, Variant, remove, url_of

_AGREEMENTS: Final = 64
_CONNECTIONS: Final = 32
_PATIENCE: Final = 60
_ERRERA: Final = [sys.executable, "-c", "from service.cli import main; main()"]
_PER_MS: Final = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
_SCRIPT: Final = """
local targets = {{ {targets} }}
local number = {start}
function request()
  number = number + 1
  local target = targets[number % #targets + 1]
  local body = '{{"kpiId":"' .. target[2] .. '","value":"' .. number .. '","measuredOn":"2026-06-30"}}'
  local headers = {{ ["Content-Type"] = "application/json", ["Authorization"] = "Bearer {token}",
    ["Idempotency-Key"] = "{run}-" .. number }}
  return wrk.format("POST", "/v1/agreements/" .. target[1] .. "/kpiMeasurements", headers, body)
end
"""


@contextmanager
def served(variant: Variant, folder: Path) -> Iterator[tuple[str, str]]:
    """The address of a service over an empty store, and a programme manager's token."""
    settings = {
        **os.environ,
        "ERRERA_DATA_DIR": str(folder),
        "ERRERA_DATABASE_URL": url_of(variant, "http"),
        "ERRERA_LOG_LEVEL": "WARNING",
        "ERRERA_LANGUAGE": "en",
    }
    with subprocess.Popen(
        [*_ERRERA, "serve", "--port", "0"], env=settings, stdout=subprocess.PIPE, text=True
    ) as serving:
        try:
            address = ""
            for line in serving.stdout or ():
                if line.startswith("Open "):
                    address = line.removeprefix("Open ").strip()
                    break
            else:
                sys.exit("the service did not start")
            made = [*_ERRERA, "token", "create", "--role", "programmeManager"]
            token = subprocess.run(made, env=settings, check=True, stdout=subprocess.PIPE, text=True, timeout=_PATIENCE)
            yield address, token.stdout.strip()
        finally:
            serving.terminate()


def agreements(address: str, token: str) -> Sequence[tuple[str, str]]:
    """Agreements in force, each with a KPI: their ids."""
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}) as client:

        def post(path: str, body: Mapping[str, Any]) -> Any:
            answer = client.post(path, json=body)
            answer.raise_for_status()
            return answer.json()

        cohort = post("/v1/cohorts", {"name": "Programma", "runsFrom": "2024-01-01", "runsUntil": "2028-12-31"})
        made = []
        for number in range(_AGREEMENTS):
            partner = post("/v1/partners", {"name": f"Vereniging {number}"})
            of = {"cohortId": cohort["cohortId"], "partnerId": partner["partnerId"]}
            agreement = post("/v1/agreements", {**of, "signedOn": "2023-11-20"})["agreementId"]
            answer = post(f"/v1/agreements/{agreement}/kpis", {"name": "missions", "unit": "per year", "target": "40"})
            made.append((agreement, answer["kpis"][0]["kpiId"]))
        return made


def wrk(address: str, script: Path, seconds: float) -> Mapping[str, Any]:
    """What wrk measured."""
    asked = ["wrk", "-t1", f"-c{_CONNECTIONS}", f"-d{seconds:g}s", "--latency", "-s", str(script), address]
    told = subprocess.run(asked, check=True, capture_output=True, text=True).stdout
    refused = re.search(r"Non-2xx or 3xx responses: (\d+)", told)
    broken = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", told)
    return {
        "rate": float(told.partition("Requests/sec:")[2].split()[0]),
        "p50_ms": _ms(told, "50%"),
        "p99_ms": _ms(told, "99%"),
        "errors": int(refused[1] if refused else 0) + sum(int(count) for count in (broken.groups() if broken else ())),
    }


def _ms(told: str, share: str) -> float:
    found = re.search(rf"\s{share}\s+([\d.]+)(us|ms|s|m)\b", told)
    return float(found[1]) * _PER_MS[found[2]] if found else 0.0


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--variant", choices=("sqlite", "postgresql"), required=True)
    parser.add_argument("--seconds", type=float, default=3)
    asked = parser.parse_args()
    run(remove(asked.variant, "http"))
    measured: Mapping[str, Any] = {}
    TMP.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=TMP) as folder, served(asked.variant, Path(folder)) as (address, token):
        targets = ", ".join(f'{{"{agreement}", "{kpi}"}}' for agreement, kpi in agreements(address, token))
        script = Path(folder) / "command.lua"
        for named, seconds, start in (("warm", 1, 0), ("measured", asked.seconds, 1_000_000)):
            script.write_text(_SCRIPT.format(targets=targets, token=token, run=named, start=start))
            measured = wrk(address, script, seconds)
    print(json.dumps({"peer": f"errera {asked.variant}", **measured}), flush=True)


if __name__ == "__main__":
    main()
