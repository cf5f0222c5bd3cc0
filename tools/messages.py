"""Translations without GNU gettext: texts are found with Babel, in Python and in Django's templates.

python -m tools.messages update     bring locale/*/LC_MESSAGES/django.po in step with the sources
python -m tools.messages check      fail on what is missing, stale, fuzzy, untranslated or has other placeholders
python -m tools.messages compile    write the .mo files that Django reads
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LANGUAGES = {"nl": "Dutch", "de": "German", "fr": "French"}
PACKAGES = ("evsite", "hardware", "payments", "kiosk")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
#: Header lines that change with every run or say nothing.
_NOISE = re.compile(
    r'^"(Project-Id-Version|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By|Report-Msgid).*\n',
    re.MULTILINE,
)


def texts(root: Path) -> Catalog:
    """Every text that the sources under ``root`` want translated, with the files it is in."""
    found = Catalog(charset="utf-8")
    for path in _sources(root):
        source = path.read_text(encoding="utf-8")
        code = source if path.suffix == ".py" else _as_python(source)
        for _, message, _, context in extract("python", BytesIO(code.encode()), keywords=KEYWORDS):
            found.add(message, locations=[(path.relative_to(root).as_posix(), 1)], context=context)
    return found


def _sources(root: Path) -> Iterator[Path]:
    for package in PACKAGES:
        yield from sorted(path for path in (root / package).rglob("*.py") if "migrations" not in path.parts)
    for folder in (root / "templates", *(root / package for package in PACKAGES)):
        yield from sorted(path for path in folder.rglob("*") if path.suffix in {".html", ".txt"})


def _as_python(template: str) -> str:
    """What Django makes of a template for xgettext, without indentation, which Python's tokenizer would object to."""
    return "\n".join(line.strip() for line in templatize(template).splitlines())


def merged(found: Catalog, known: Catalog, language: str) -> Catalog:
    """The texts of ``found`` with what ``known`` has for them, and nothing else."""
    header = f"# {LANGUAGES[language]} texts of TapCharge. `make messages` keeps this file in step with the sources."
    catalog = Catalog(locale=language, header_comment=header, charset="utf-8", fuzzy=False)
    for message in _messages(found):
        old = known.get(message.id, message.context)
        catalog.add(
            message.id,
            old.string if old else None,
            locations=message.locations,
            flags=(old.flags if old else set()) - {"python-format"},
            user_comments=old.user_comments if old else (),
            context=message.context,
        )
    return catalog


def faults(found: Catalog, known: Catalog) -> Iterator[str]:
    """What is wrong with ``known``, one line each."""
    for message in _messages(found):
        translation, name = known.get(message.id, message.context), _name(message)
        if translation is None:
            yield f"missing: {name}"
        elif translation.fuzzy:
            yield f"fuzzy: {name}"
        elif not all(_forms(translation.string)) or not translation.string:
            yield f"untranslated: {name}"
        elif not _same_placeholders(message, translation):
            yield f"other placeholders: {name}"
    for message in _messages(known):
        if found.get(message.id, message.context) is None:
            yield f"stale: {_name(message)}"


def _same_placeholders(message: Message, translation: Message) -> bool:
    """The forms of a plural may leave out the number, but none may name something the source does not."""
    wanted = {name for form in _forms(message.id) for name in _PLACEHOLDER.findall(form)}
    forms = [set(_PLACEHOLDER.findall(form)) for form in _forms(translation.string)]
    return all(form <= wanted for form in forms) and forms[-1] == wanted


def _forms(value: object) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value) if isinstance(value, tuple | list) else ()


def _messages(catalog: Catalog) -> Iterable[Message]:
    return (message for message in catalog if message.id)


def _name(message: Message) -> str:
    context = f" [{message.context}]" if message.context else ""
    return f"{_forms(message.id)[0]!r}{context} ({', '.join(sorted({path for path, _ in message.locations}))})"


def catalog_path(root: Path, language: str) -> Path:
    """Where the translations of ``language`` are."""
    return root / "locale" / language / "LC_MESSAGES" / "django.po"


def read(root: Path, language: str) -> Catalog:
    """The translations of ``language``; empty when there is no file yet."""
    path = catalog_path(root, language)
    if not path.exists():
        return Catalog(locale=language)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def update(root: Path) -> int:
    """Bring every file in step, and say how much is left to translate."""
    found = texts(root)
    for language in LANGUAGES:
        catalog = merged(found, read(root, language), language)
        buffer = BytesIO()
        write_po(buffer, catalog, width=120, sort_output=True, ignore_obsolete=True, include_lineno=False)
        path = catalog_path(root, language)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_NOISE.sub("", buffer.getvalue().decode()), encoding="utf-8")
        print(f"{language}: {len(catalog)} texts, {len(list(faults(found, catalog)))} to do")
    return 0


def check(root: Path) -> int:
    """1 when a translation is not in step, after naming what is wrong."""
    found = texts(root)
    wrong = [f"{language}: {fault}" for language in LANGUAGES for fault in faults(found, read(root, language))]
    print("\n".join(wrong) or f"{len(found)} texts are translated to {', '.join(LANGUAGES)}")
    return 1 if wrong else 0


def compile_all(root: Path) -> int:
    """Write the .mo file of every language whose .po file is newer."""
    for language in LANGUAGES:
        source = catalog_path(root, language)
        target = source.with_suffix(".mo")
        if source.exists() and (not target.exists() or target.stat().st_mtime < source.stat().st_mtime):
            with target.open("wb") as file:
                write_mo(file, read(root, language))
    return 0


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    actions = {"update": update, "check": check, "compile": compile_all}
    parser = argparse.ArgumentParser(prog="messages", description="Translations in step with the sources.")
    parser.add_argument("action", choices=actions)
    return actions[parser.parse_args(arguments).action](ROOT)


if __name__ == "__main__":
    sys.exit(main())
