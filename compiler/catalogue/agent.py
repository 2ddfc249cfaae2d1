"""The keys of the settings files that belong to no connection, declared as settings like those of a package."""

from typing import Annotated

from msgspec import Meta

from compiler.catalogue.package import Key, Settings


class Accordant(Settings, frozen=True, kw_only=True):
    """How this program works; no part of the documented settings."""

    keep_csv: Annotated[bool, Meta(description="Also write the prepared CSV files, for people to read.")] = False
    memory_limit: Annotated[
        str,
        Meta(
            description="How much memory the embedded engine may take; nothing leaves it to the engine.",
            pattern=r"^([0-9]+(\.[0-9]+)? ?([KMGT]i?B))?$",
            examples=["512MB", "4GB"],
        ),
    ] = ""
    threads: Annotated[
        int, Meta(description="How many threads the engine and the exports use; 0 is one per processor.", ge=0, le=1024)
    ] = 0
    kept_sessions: Annotated[
        int, Meta(description="How many snapshots of each connector are kept at most; 0 is no limit.", ge=0)
    ] = 10
    kept_days: Annotated[
        int,
        Meta(description="After how many days a snapshot goes, the last of each connector excepted; 0 is never.", ge=0),
    ] = 30
    history_days: Annotated[
        int, Meta(description="How many days back the store tells what it was; 0 is as far back as it goes.", ge=0)
    ] = 0


class AgentSettings(Settings, frozen=True, kw_only=True):
    """What a run reads besides the sections of connections."""

    sources_root_paths: Annotated[
        tuple[str, ...],
        Meta(description="The folders that connections may read files from; without it they may read anywhere."),
        Key(path="folder"),
    ] = ()
    accordant: Annotated[Accordant, Meta(description="How this program works.")] = Accordant()
    temp_folder_path: Annotated[str | None, Meta(description="Not used: the workspace holds the folder Temp.")] = None
    work_folder_path: Annotated[str | None, Meta(description="Not used: the workspace holds the folder Work.")] = None
