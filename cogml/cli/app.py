"""The commands and what holds for all of them: one line for a mistake, no traceback, no echo."""

from __future__ import annotations

import signal
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

import cogml
from cogml.cli import demo, doctor, mock, services, transform
from cogml.cli.console import plain_warnings, say
from cogml.errors import CogmlError, MissingPackage


class _Commands(TyperGroup):
    """Turns what the library raises into a line on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        try:
            with plain_warnings():
                return super().invoke(ctx)
        except CogmlError as error:
            say(f"cogml: {error}")
            raise typer.Exit(1 if isinstance(error, MissingPackage) else 2) from None
        except KeyboardInterrupt:
            say("cogml: interrupted")
            raise typer.Exit(128 + signal.SIGINT) from None
        except BrokenPipeError:
            raise  # the reader of a pipe has left; typer ends the process for it
        except OSError as error:
            where = f"{error.filename}: " if error.filename else ""
            say(f"cogml: {where}{error.strerror or error}")
            raise typer.Exit(1) from None


class _Command(TyperCommand):
    """A command that does not repeat an argument it does not expect: that may be a key."""

    def invoke(self, ctx: Any) -> Any:
        if ctx.args:
            ctx.fail(f"arguments that are not expected: {len(ctx.args)}")
        return super().invoke(ctx)


app = typer.Typer(
    cls=_Commands,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        print(f"cogml {cogml.__version__}")
        raise typer.Exit


@app.callback()
def _cogml(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    """AI services over the rows of a file; every row comes back with its answer or its error."""


for name, command in (
    ("demo", demo.demo),
    ("mock", mock.mock),
    ("services", services.services),
    ("doctor", doctor.doctor),
    ("transform", transform.transform),
):
    app.command(name, cls=_Command, context_settings={"allow_extra_args": True})(command)
