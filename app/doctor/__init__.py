"""`rgbd-live doctor`: what is installed and works here, with the cure for what does not."""

from __future__ import annotations

import dataclasses
import json

from console.exit_codes import ExitCode


def run(*, as_json: bool) -> int:
    """Look at everything and print it to standard output; 0 where a bare `rgbd-live` works, else 5.

    as_json: print {"checks": [{"name", "state", "found", "cure"}], "ok": bool} and nothing else.
    """
    from app.doctor.examine import examine, items, questions

    checks, works = examine(items(), questions())
    if as_json:
        print(json.dumps({"checks": [dataclasses.asdict(check) for check in checks], "ok": works}, indent=2))
    else:
        from rich.console import Console

        from app.doctor.report import print_report

        print_report(Console(), checks, works=works)
    return ExitCode.DONE if works else ExitCode.CANNOT
