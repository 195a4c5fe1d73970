"""How things are called for one reader. A person's name counts as shown where it is looked up."""

from collections.abc import Collection, Iterator, Mapping

from events.vault.reading import Unveiled


class Names(Mapping[str, str]):
    """Display names by id. A person that the reader may not see has the empty name; who was erased has none."""

    def __init__(self, plain: Mapping[str, str], persons: Unveiled, hidden: Collection[str]) -> None:
        self._plain = plain
        self._persons = persons
        self._hidden = hidden

    def __getitem__(self, key: str) -> str:
        if key in self._plain:
            return self._plain[key]
        if key in self._hidden:
            return ""
        name: str = self._persons[key]["name"]
        return name

    def __contains__(self, key: object) -> bool:
        return key in self._plain or key in self._hidden or self._persons.has(key)

    def __iter__(self) -> Iterator[str]:
        yield from self._plain
        yield from self._hidden
        yield from self._persons

    def __len__(self) -> int:
        return len(self._plain) + len(self._hidden) + len(self._persons)
