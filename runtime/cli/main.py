"""The arguments of the command line in, an exit code out. Here stands the only try/except of last resort.

Imports stay inside the functions, so that `accordant --help` starts as fast as Python does.
"""

import sys


def main() -> int:
    """Run one command; the exit code is that of `runtime.runner.report.ExitCode`."""
    arguments = sys.argv[1:]
    if arguments in ([], ["-h"], ["--help"]):
        return _overview(2 if not arguments else 0)
    if arguments in (["-V"], ["--version"]):
        return _version()
    return _guarded(arguments)


def _overview(code: int) -> int:
    from runtime.cli.overview import text

    stream = sys.stderr if code else sys.stdout
    stream.write(text() + "\n")
    return code


def _version() -> int:
    from importlib.metadata import version

    sys.stdout.write(f"accordant {version('accordant')}\n")
    return 0


def _guarded(arguments: list[str]) -> int:
    import signal

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # asked to end, as by Ctrl-C: files and store are closed
    try:
        code = _known(arguments) if arguments[0] == "validate" else None
        return _run(arguments) if code is None else code
    except KeyboardInterrupt:
        from runtime.cli import failures

        return failures.interrupted()
    except BrokenPipeError:
        from runtime.cli import failures

        return failures.nobody_reads()
    except Exception as error:  # the last resort: whatever reaches this point, no traceback reaches a person
        from runtime.cli import failures

        return failures.report(error, arguments)


def _known(arguments: list[str]) -> int | None:
    """Give the answer to a command that was asked before, when nothing changed since."""
    from runtime.cli.answers import again

    answer = again(arguments)
    if answer is None:
        return None
    text, code = answer
    sys.stdout.buffer.write(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"))
    sys.stdout.flush()
    return code


def _run(arguments: list[str]) -> int:
    import click

    from runtime.cli.group import accordant

    try:
        code = accordant.main(arguments, prog_name="accordant", standalone_mode=False)
    except click.ClickException as error:
        from runtime.cli import failures

        return failures.wrong_usage(error)
    except click.Abort:
        raise KeyboardInterrupt from None
    return code if isinstance(code, int) else 0
