"""The resource store: the last known state of every managed system, in one database."""
