"""A command's name in, its command out: each is imported only when it is called."""

from importlib import import_module

import click

from compiler.diagnostics.suggest import did_you_mean
from runtime.cli.overview import COMMANDS, text


class Commands(click.Group):
    """The commands of `overview`, each the `command` of the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        found = import_module(f"runtime.cli.{cmd_name.replace('-', '_')}").command
        assert isinstance(found, click.Command)
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(f"there is no command '{args[0]}'{_meant(args[0])}", ctx)
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(text() + "\n")


def _meant(word: str) -> str:
    question = did_you_mean(word, COMMANDS)
    return f"; {question}" if question else ""


@click.command("accordant", cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
def accordant() -> None:
    """Compile declarative identity XML into a plan, and run it."""
