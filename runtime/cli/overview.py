"""The commands by name, and the page that shows them. Imports nothing: `accordant --help` costs no more than Python."""

CHAPTERS: dict[str, dict[str, str]] = {
    "Configuration": {
        "validate": "Check a configuration: every finding with its file, line and column.",
        "compile": "Write the execution plan, the same bytes for the same configuration.",
        "plan": "Show what applying would change; touch nothing.",
        "apply": "Compile, preview, confirm, deploy, then run the plan.",
    },
    "Single stages": {
        "export": "Read the managed systems into CSV.",
        "prepare": "Clean the exported CSV and work out what changed.",
        "synchronise": "Bring the store up to the prepared files, within the limits.",
        "evaluate": "Work out the provisioning orders.",
        "fulfil": "Send the pending orders to the managed systems.",
    },
    "Looking closer": {
        "job": "List the jobs of a configuration, run one of them.",
        "connection": "List the connections, check that their systems answer.",
        "orders": "List, show, explain, approve or decline provisioning orders.",
        "correlations": "List, accept or refuse matches of owners and targets that wait for a person.",
        "export-configuration": "Write the deployed configuration back as XML.",
        "store": "Show resources as they are or were, and what changed between two runs.",
        "status": "Show the last run and the orders by state.",
        "history": "Show the runs of a workspace, or what was deployed.",
        "expression": "Try one expression: its type, its SQL, its value for a row.",
        "schema": "Write XSDs, JSON Schema and editor settings into a folder.",
    },
}
"""What `accordant --help` shows; each command lives in the file of its name."""

COMMANDS: dict[str, str] = {name: summary for chapter in CHAPTERS.values() for name, summary in chapter.items()}

USAGE = "Usage: accordant COMMAND [CONF] [-w WORKSPACE] [OPTIONS]"

PLACES = """\
CONF is a folder of XML (default: the current one), WORKSPACE the folder that holds the store and all
that a run leaves behind (default: ./workspace). `accordant COMMAND --help` says more."""


def text() -> str:
    """The page itself."""
    width = max(map(len, COMMANDS))
    lines = [USAGE, "", "  Compile declarative identity XML into a plan, and run it.", ""]
    for title, commands in CHAPTERS.items():
        lines.append(f"{title}:")
        lines += [f"  {name:<{width}}  {summary}" for name, summary in commands.items()]
        lines.append("")
    return "\n".join((*lines, PLACES))
