"""Which encoding is a text file in? Found strictly: no code page is taken because it merely does not fail."""

from __future__ import annotations

__all__ = ["Found", "encoding_of"]

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

from salesplan.data.files import Delivered
from salesplan.errors import DataError

_CHUNK = 1 << 20
_NEVER_WRITTEN = re.compile("[\ufffd\ue000-\uf8ff]")
_CJK = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef]")
_LATIN_LETTER = re.compile("[A-Za-z]")
_ENOUGH, _PLAUSIBLE = 2, 0.9
_WESTERN = ("cp1252", "latin-1")


@dataclass(frozen=True)
class Found:
    """The encoding a file is in. guessed: it is the likely one, and somebody has to confirm it."""

    name: str
    guessed: bool = False


def encoding_of(delivered: Delivered, *, declared: str | None, source: str, may_guess: bool = False) -> Found:
    """The encoding of a file: declared, else by its mark, else UTF-8, else GB18030 where the text is plain Chinese.

    may_guess: with Western European text the likely code page instead of a refusal. Errors: DataError where no encoding
    fits, where several would, or where lines of one file are in different ones.
    """
    with delivered.unpacked() as stream:
        start = stream.read(400)
    if start[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Found("utf-16")
    if start.count(b"\x00") * 4 > len(start):
        if declared == "utf-16":
            return Found("utf-16-le" if start[1:2] == b"\x00" else "utf-16-be")
        raise DataError(
            f"sources.{source}: {delivered.name} looks like UTF-16 without its mark. Save it as UTF-8, or write "
            f'encoding = "utf-16" under [sources.{source}].',
            places=[(delivered.name, 1, "", "UTF-16 without a mark")],
        )
    if declared in (None, "utf-8") and _is_utf8(delivered):
        return Found("utf-8-sig")
    if declared == "utf-16":
        raise _in_none(delivered, "UTF-16", source=source)
    return _eight_bit(delivered, declared=declared, source=source, may_guess=may_guess)


def _is_utf8(delivered: Delivered) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    try:
        with delivered.unpacked() as stream:
            while chunk := stream.read(_CHUNK):
                if _NEVER_WRITTEN.search(decoder.decode(chunk)):
                    return False
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _lines(delivered: Delivered) -> Iterator[tuple[int, bytes]]:
    """The lines that hold more than ASCII, with their numbers."""
    with delivered.unpacked() as stream:
        for number, line in enumerate(stream, 1):
            if not line.isascii():
                yield number, line


@dataclass
class _Seen:
    """What the lines beyond ASCII of a file look like in each code page."""

    utf8: tuple[int, str] | None = None
    other: tuple[int, bytes] | None = None
    gb_fails: bool = False
    western_fails: bool = False
    two_byte: int = 0
    plausible: int = 0

    def take(self, number: int, line: bytes) -> None:
        self._as_utf8(number, line)
        self._as_chinese(line)
        self.western_fails = self.western_fails or any(b in (0x81, 0x8D, 0x8F, 0x90, 0x9D) for b in line)

    def _as_utf8(self, number: int, line: bytes) -> None:
        try:
            text = line.decode("utf-8-sig")
        except UnicodeDecodeError:
            self.other = self.other or (number, line)
            return
        several = len(_CJK.findall(text)) >= _ENOUGH or any("\xa0" <= c < "\u2e80" for c in text)
        if several and not _NEVER_WRITTEN.search(text):
            self.utf8 = self.utf8 or (number, text)

    def _as_chinese(self, line: bytes) -> None:
        """Chinese as people write it lies in the first two levels of the code page, and not inside Latin words."""
        if self.gb_fails:
            return
        try:
            text = line.decode("gb18030")
        except UnicodeDecodeError:
            self.gb_fails = True
            return
        for at, character in enumerate(text):
            if ord(character) < 0x80:
                continue
            raw = character.encode("gb18030")
            usual = len(raw) == 2 and raw[1] >= 0xA1 and (0xA1 <= raw[0] <= 0xA9 or 0xB0 <= raw[0] <= 0xF7)
            inside = _LATIN_LETTER.match(text[at - 1 : at]) and _LATIN_LETTER.match(text[at + 1 : at + 2])
            self.two_byte += 1
            self.plausible += usual and not inside and not _NEVER_WRITTEN.match(character)


def _eight_bit(delivered: Delivered, *, declared: str | None, source: str, may_guess: bool) -> Found:
    seen = _Seen()
    for number, line in _lines(delivered):
        seen.take(number, line)
    if seen.utf8 and seen.other:
        raise DataError(
            f"sources.{source}: {delivered.name} mixes encodings: row {seen.utf8[0]} is UTF-8 "
            f"({seen.utf8[1].strip()[:40]!r}), row {seen.other[0]} is not ({_shown(seen.other[1])}). "
            "Save all of it in one encoding.",
            places=[(delivered.name, seen.other[0], "", _shown(seen.other[1]))],
        )
    if seen.utf8 and declared in ("gb18030", *_WESTERN):
        raise DataError(
            f"sources.{source}: {delivered.name} is UTF-8 and not {declared}: row {seen.utf8[0]} reads "
            f"{seen.utf8[1].strip()[:40]!r}. Take encoding out of [sources.{source}].",
            places=[(delivered.name, seen.utf8[0], "", declared or "")],
        )
    if declared in _WESTERN and not (declared == "cp1252" and seen.western_fails):
        return Found(declared)
    if declared == "gb18030" and not seen.gb_fails:
        return Found(declared)
    if declared:
        raise _in_none(delivered, declared, source=source)
    if not seen.gb_fails and seen.plausible >= _PLAUSIBLE * seen.two_byte:
        return Found("gb18030")
    if may_guess and not seen.western_fails:
        return Found("cp1252", guessed=True)
    raise _in_none(delivered, "UTF-8, UTF-16 and GB18030", source=source, line=seen.other)


def _shown(line: bytes) -> str:
    return repr(line.strip()[:60])[2:-1]


def _in_none(delivered: Delivered, tried: str, *, source: str, line: tuple[int, bytes] | None = None) -> DataError:
    """The refusal, with the first line that says so as each code page would read it."""
    told = ""
    if line is not None:
        read = [f"{e} reads {line[1].decode(e, 'replace').strip()[:50]!r}" for e in ("cp1252", "gb18030")]
        told = f" In row {line[0]} {' and '.join(read)}."
    return DataError(
        f"sources.{source}: {delivered.name} is not text in {tried}.{told} Save it as UTF-8, or write the encoding it "
        f'is in under [sources.{source}], as in encoding = "cp1252" (Western Europe) or "gb18030" (Chinese).',
        places=[(delivered.name, line[0] if line else None, "", "encoding")],
    )
