"""Typed models of other languages: the kept files are fresh and have every field."""

import subprocess
import sys

import pytest

from schema import COLLECTIONS
from tools.models import files
from tools.models.shapes import ListOf, Reference, models


@pytest.mark.parametrize("language", sorted(files.LANGUAGES))
def test_the_kept_models_are_fresh(language: str) -> None:
    stored = (files.TARGET / files.file_name(language)).read_text("utf-8")
    assert stored == files.text_of(language), "`make generated` writes them"


@pytest.mark.parametrize("language", sorted(files.LANGUAGES))
def test_every_field_is_in_every_language(language: str) -> None:
    text = files.text_of(language)
    for model in models():
        assert f"{model.name}(" in text or f"struct {model.name}:" in text
        for field in model.fields:
            assert field.camel in text
            assert (
                field.camel == field.name or f'{field.name}"' in text or f"'{field.name}'" in text
            )


def test_every_collection_has_a_model_after_those_that_it_refers_to() -> None:
    found = models()
    assert [it.collection for it in found if it.collection] == list(COLLECTIONS)
    known: set[str] = set()
    for model in found:
        for field in model.fields:
            inner = field.type.inner if isinstance(field.type, ListOf) else field.type
            assert not isinstance(inner, Reference) or inner.name in known
        known.add(model.name)


def test_the_command_prints_one_language() -> None:
    command = [sys.executable, "-m", "tools.models", "models", "--language", "swift"]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60)
    assert printed.stdout == files.text_of("swift")
