"""`accordant export-configuration`: a workspace in, the XML of its deployed configuration in a folder out."""

from pathlib import Path

import click

from compiler.bind.write import left_out
from compiler.source.files import read_folder
from runtime.cli import options
from runtime.cli.views.stream import tell
from runtime.runner.history import Sources, deployed_sources
from runtime.workspace import Workspace, write_atomic


@click.command("export-configuration")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@options.workspace
@click.option("--force", is_flag=True, help="Write into a folder that is not empty; XML that is not deployed goes.")
def command(folder: Path, workspace: Workspace, force: bool) -> int:
    """Write the deployed configuration back as XML.

    Each item goes back to the file it came from, in a layout of our own: comments and secrets are not kept, and the
    secrets left out are named. What is written compiles to the same plan. FOLDER must be empty, unless --force is
    given: then all other XML below it goes.
    """
    sources = deployed_sources(workspace)
    if sources is None:
        raise click.UsageError(f"{workspace.root} has no deployed configuration: nothing was applied there yet")
    if folder.exists() and any(folder.iterdir()) and not force:
        raise click.UsageError(f"{folder} is not empty; give another folder, or --force to replace the XML in it")
    _write(folder, sources)
    tell(f"wrote {len(sources)} files into {folder}")
    secrets = [f"{name}: {secret}" for name, data in sources for secret in left_out(data)]
    if secrets:
        tell("secrets are not kept; put back where they were left out:")
        tell("\n".join(f"  {each}" for each in secrets))
    return 0


def _write(folder: Path, sources: Sources) -> None:
    """Each file whole, then the XML away that no deployed file has."""
    folder.mkdir(parents=True, exist_ok=True)
    home = folder.resolve()
    outside = [name for name, _ in sources if not (home / name).resolve().is_relative_to(home)]
    if outside:
        raise click.ClickException(f"{folder / outside[0]} would lie outside {folder}: nothing was written")
    for name, data in sources:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        write_atomic(home / name, data)
    for name in {name for name, _ in read_folder(home)[0]} - {name for name, _ in sources}:
        (home / name).unlink()
