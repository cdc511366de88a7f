"""The command line: it parses, calls and shows; it decides nothing.

Results go to standard output, everything else to standard error. A new command is a new file, named below.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from importlib import import_module

COMMANDS = (
    "validate",
    "plan",
    "quotas",
    "equivalence",
    "query",
    "why_not",
    "impact",
    "approve",
    "onboard",
    "drift",
    "cut",
    "generate",
    "schema",
)
"""The modules that hold the commands, in the order of `meshwarden --help`."""

DEBUG = "MESHWARDEN_DEBUG"


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; gives its exit code.

    0 done, 1 an error, 2 a difference; as a shell says it of signals, 130 interrupted, 141 its reader has left.
    """
    try:
        code = _run(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
        return code
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return _unread()
    except SystemExit as error:
        # rich takes a broken pipe for itself, and exits from within
        if not isinstance(error.__context__, BrokenPipeError):
            raise
        return _unread()


def _unread() -> int:
    """Nothing more is read: Python would flush once more at exit, and complain.

    https://docs.python.org/3/library/signal.html#note-on-sigpipe
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    return 128 + signal.SIGPIPE


def _run(arguments: Sequence[str] | None) -> int:
    import typer

    from engine.cli.app import app
    from engine.errors import MeshwardenError

    for module in COMMANDS:
        import_module(f"engine.cli.{module}")
    command = typer.main.get_command(app)
    try:
        code = command.main(arguments, prog_name="meshwarden", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        path = context.command_path if context else "meshwarden"
        return _fail(f"{_lowered(error.format_message())}\nsee `{path} --help`")
    except MeshwardenError as error:
        return _fail(str(error), count=len(getattr(error, "problems", ())))
    except BrokenPipeError:
        raise
    except OSError as error:
        if DEBUG in os.environ:
            raise
        named = f": `{error.filename}`" if error.filename else ""
        return _fail(f"{(error.strerror or str(error)).lower()}{named}")
    except Exception as error:
        if DEBUG in os.environ:
            raise
        said = " ".join(str(error).split())
        return _fail(
            f"internal: {type(error).__name__}: {said}\nset {DEBUG}=1 to see where; it is a fault of Meshwarden"
        )


def _fail(message: str, count: int = 0) -> int:
    from engine.cli.output import printable

    lines = [printable(line) for line in message.splitlines()]
    lines += [f"{count} problem{'' if count == 1 else 's'}"] if count else []
    print("error: " + "\n".join(lines), file=sys.stderr)
    return 1


def _lowered(message: str) -> str:
    """Typer's words in our manner: lower case, no final period, backticks."""
    plain = message.replace("Value error, ", "").removesuffix(".").replace("'", "`")
    return plain[:1].lower() + plain[1:]
