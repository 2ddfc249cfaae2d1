"""Renames of one run in; where an entry stands now out, for orders that were written when it still stood elsewhere.

Everything is kept in the names of the beginning of the run: each renamed entry with its new relative name and the old
name of its new parent. So a renamed container moves all that lies below it, and names that were swapped stay apart.
"""

from runtime.clients import dn


class Moves:
    """The entries that a run has renamed or moved so far."""

    def __init__(self) -> None:
        self._moved: dict[dn.Dn, tuple[dn.Rdn, dn.Dn]] = {}
        self._was: dict[dn.Dn, dn.Dn] = {}

    def record(self, old: dn.Dn, new: dn.Dn) -> None:
        """An entry went from one name to another, both as they stood at that moment."""
        first, parent = self._before(old), self._before(new[1:])
        earlier = self._moved.get(dn.key(first))
        if earlier:
            self._was.pop(dn.key((earlier[0], *earlier[1])), None)
        self._moved[dn.key(first)] = new[0], parent
        self._was[dn.key((new[0], *parent))] = first

    def now(self, text: str) -> str:
        """The DN of an entry now; a text that is no DN, or of an entry that did not move, as it is."""
        if not self._moved:
            return text
        try:
            name = dn.parse(text)
        except ValueError:
            return text
        current = self._current(name)
        return text if current == name else dn.to_text(current)

    def _current(self, name: dn.Dn) -> dn.Dn:
        if not name:
            return ()
        relative, parent = self._moved.get(dn.key(name), (name[0], name[1:]))
        return (relative, *self._current(parent))

    def _before(self, name: dn.Dn) -> dn.Dn:
        if not name:
            return ()
        before = (name[0], *self._before(name[1:]))
        return self._was.get(dn.key(before), before)
