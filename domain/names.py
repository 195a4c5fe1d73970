"""Names that the eye cannot tell apart (Unicode TS 39, confusables)."""

import unicodedata

from confusable_homoglyphs.confusables import is_confusable


def skeleton(name: str) -> str:
    """The same for two names that differ only by Unicode form or by look-alike letters of another script."""
    return "".join(_latin(letter) for letter in unicodedata.normalize("NFKC", name))


def _latin(letter: str) -> str:
    if letter.isascii():
        return letter
    found = is_confusable(letter, preferred_aliases=["latin"], greedy=True)
    for match in found or ():
        for homoglyph in match["homoglyphs"]:
            if len(homoglyph["c"]) == 1 and homoglyph["c"].isascii():
                return str(homoglyph["c"])
    return letter
