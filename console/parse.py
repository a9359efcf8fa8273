"""From words to what a command returns, and commands whose answer is what they print."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, cast

import typer

from console.errors import OutputError, UsageError
from console.say import program_name, silence

# The base of all the parser's complaints, which typer does not export.
_REFUSALS = cast("type[Exception]", typer.BadParameter.__mro__[2])


def parse(cli: typer.Typer, arguments: list[str]) -> Any:
    """What the command that the arguments name returns. Raises UsageError for what cannot be parsed."""
    command = typer.main.get_command(cli)
    try:
        return command.main(arguments, prog_name=program_name(), standalone_mode=False)
    except _REFUSALS as error:
        message = error.format_message()  # pyright: ignore[reportAttributeAccessIssue]
        raise UsageError(f"{message} (try {program_name()} --help)") from error


def refuse_options_before(context: typer.Context, command: str) -> None:
    """Raise UsageError where options of the main command stand before a sub-command, which would not heed them."""
    for name in context.params:
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise UsageError(
                f"--{name.replace('_', '-')} has no meaning for {command} (try {program_name()} {command} --help)"
            )


def printing(command: Callable[[], int]) -> int:
    """Run a command whose answer is what it prints. Raises OutputError where that cannot be written."""
    try:
        code = command()
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has enough, as `head` has
        silence(sys.stdout)
        return 0
    except SystemExit as error:
        if isinstance(error.__context__, BrokenPipeError):  # rich's answer to the same
            return 0
        raise
    except OSError as error:
        if error.errno is None:  # not the operating system's
            raise
        silence(sys.stdout)
        raise OutputError(f"cannot write to standard output: {error.strerror}") from error
    return code
