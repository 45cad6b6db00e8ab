"""Tests of forms: values that the names of columns say to be of another kind."""

from __future__ import annotations

import pytest

from hummgraph.algorithms.entities.forms import are_apart, stem_and_form
from hummgraph.algorithms.entities.tokens import split_name
from hummgraph.algorithms.entities.words import read_words


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("email", "email_domain", True),
        ("email", "hashed_email", True),
        ("email_hashed", "hashed_email", False),
        ("email", "billing_email_address", False),
        ("website", "domain", False),
        ("website", "phone", True),
        ("mobile", "phone", False),
        # Nothing is known of these.
        ("email", "user_name", False),
        ("external_id", "email", False),
        ("vat_number", "tax_number", False),
        ("barcode", "ean", False),
    ],
)
def test_values_of_some_forms_are_never_equal(one: str, other: str, apart: bool) -> None:
    """An e-mail is no domain, telephone number or hash; ids may be anything."""
    words = read_words(None)
    forms = [stem_and_form(split_name(name), words)[1] for name in (one, other)]
    assert are_apart(forms[0], forms[1], words) == apart
    assert are_apart(forms[1], forms[0], words) == apart
