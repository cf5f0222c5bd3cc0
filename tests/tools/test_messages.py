"""Texts are found without GNU gettext, translations survive an update, and what is wrong is named."""

from __future__ import annotations

import gettext
from collections.abc import Iterable
from pathlib import Path

import pytest

from tools import messages


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with one module and one template."""
    (tmp_path / "kiosk" / "migrations").mkdir(parents=True)
    (tmp_path / "templates").mkdir()
    (tmp_path / "kiosk" / "words.py").write_text(
        "from django.utils.translation import gettext_lazy as _, ngettext, pgettext\n"
        'a = _("Tap your card")\n'
        'b = ngettext("%(n)s car", "%(n)s cars", 2)\n'
        'c = pgettext("a plug", "Type 2")\n'
        'd = _("Paid {amount}")\n',
        encoding="utf-8",
    )
    (tmp_path / "kiosk" / "migrations" / "0001_initial.py").write_text('_("never translated")', encoding="utf-8")
    (tmp_path / "templates" / "page.html").write_text(
        """{% load i18n %}
          <p>{% translate "Where do you charge?" %}</p>
            {% if paid %}
               <b>{% blocktranslate trimmed count n=cars with price=tariff.price %}
                 {{ n }} car pays
                 {{ price }}
               {% plural %}
                 {{ n }} cars pay {{ price }}
               {% endblocktranslate %}</b>
            {% endif %}
            {% translate "May" context "the verb" %} {{ _("Don't") }} 'quoted" (
        """,
        encoding="utf-8",
    )
    return tmp_path


def found(root: Path) -> set[object]:
    return {
        (message.context, message.id) if message.context else message.id
        for message in messages.texts(root)
        if message.id
    }


def translate(root: Path, translations: dict[str, str | tuple[str, ...]], language: str = "nl") -> list[str]:
    """Write translations into the catalogue; what is wrong with it then."""
    known = messages.merged(messages.texts(root), messages.read(root, language), language)
    for message in known:
        if (key := message.id if isinstance(message.id, str) else message.id[0]) in translations:
            message.string = translations[key]
    return sorted(messages.faults(messages.texts(root), known))


def test_texts_are_found_in_python_and_in_indented_templates(root: Path) -> None:
    assert found(root) == {
        "Tap your card",
        ("%(n)s car", "%(n)s cars"),
        ("a plug", "Type 2"),
        "Paid {amount}",
        "Where do you charge?",
        ("%(n)s car pays %(price)s", "%(n)s cars pay %(price)s"),
        ("the verb", "May"),
        "Don't",
    }


def test_an_update_keeps_translations_and_drops_what_is_gone(root: Path) -> None:
    messages.update(root)
    path = messages.catalog_path(root, "nl")
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            'msgid "Tap your card"\nmsgstr ""', 'msgid "Tap your card"\nmsgstr "Houd uw kaart ervoor"'
        ),
        encoding="utf-8",
    )
    (root / "templates" / "page.html").write_text("", encoding="utf-8")
    messages.update(root)
    catalog = messages.read(root, "nl")
    assert [message.string for message in catalog if message.id == "Tap your card"] == ["Houd uw kaart ervoor"]
    assert catalog.get("Where do you charge?") is None


def test_an_update_without_changes_changes_no_byte(root: Path) -> None:
    messages.update(root)
    before = messages.catalog_path(root, "fr").read_bytes()
    messages.update(root)
    assert messages.catalog_path(root, "fr").read_bytes() == before
    assert b"POT-Creation-Date" not in before


def test_a_new_text_is_missing_until_it_is_translated(root: Path) -> None:
    messages.update(root)
    (root / "kiosk" / "new.py").write_text('_("Brand new")', encoding="utf-8")
    assert "missing: 'Brand new' (kiosk/new.py)" in set(
        messages.faults(messages.texts(root), messages.read(root, "de"))
    )
    messages.update(root)
    assert "untranslated: 'Brand new' (kiosk/new.py)" in set(
        messages.faults(messages.texts(root), messages.read(root, "de"))
    )


@pytest.mark.parametrize(
    ("text", "translation", "fault"),
    [
        ("Paid {amount}", "Betaald {bedrag}", "other placeholders"),
        ("Paid {amount}", "Betaald", "other placeholders"),
        ("%(n)s car", ("%(n)s auto", "%(m)s auto's"), "other placeholders"),
        ("%(n)s car", ("%(n)s auto", ""), "untranslated"),
        ("Paid {amount}", "", "untranslated"),
    ],
)
def test_a_bad_translation_is_named(root: Path, text: str, translation: str | tuple[str, ...], fault: str) -> None:
    assert fault in named(translate(root, {text: translation}), text)


def test_the_singular_may_leave_out_the_number(root: Path) -> None:
    assert named(translate(root, {"%(n)s car": ("een auto", "%(n)s auto's")}), "%(n)s car'") == ""


def test_a_guess_that_nobody_confirmed_is_named(root: Path) -> None:
    messages.update(root)
    known = messages.read(root, "nl")
    next(message for message in known if message.id == "Tap your card").flags.add("fuzzy")
    assert "fuzzy: 'Tap your card' (kiosk/words.py)" in set(messages.faults(messages.texts(root), known))


def test_the_check_fails_and_names_language_and_text(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert messages.check(root) == 1
    assert "nl: missing: 'Type 2' [a plug] (kiosk/words.py)" in capsys.readouterr().out


def test_python_reads_what_was_compiled(root: Path) -> None:
    messages.update(root)
    path = messages.catalog_path(root, "nl")
    path.write_text(
        path.read_text(encoding="utf-8").replace('msgid "Don\'t"\nmsgstr ""', 'msgid "Don\'t"\nmsgstr "Niet doen"'),
        encoding="utf-8",
    )
    messages.compile_all(root)
    with path.with_suffix(".mo").open("rb") as file:
        assert gettext.GNUTranslations(file).gettext("Don't") == "Niet doen"


def named(faults: Iterable[str], text: str) -> str:
    return next((fault for fault in faults if text in fault), "")
