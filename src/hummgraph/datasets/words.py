"""Words that invented records are made of, and drawing from them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = [
    "CITIES",
    "FIRST_NAMES",
    "INDUSTRIES",
    "JOB_TITLES",
    "LAST_NAMES",
    "choose",
    "codes",
    "numbers",
    "sentences",
    "shop_names",
    "spread",
    "times",
]

FIRST_NAMES: Final = (
    "Ada", "Alan", "Amina", "Anders", "Anna", "Bela", "Bruno", "Carla", "Chen", "Clara", "Dana",
    "David", "Edith", "Elif", "Emil", "Esther", "Farid", "Fiona", "Greta", "Hana", "Hugo", "Ines",
    "Ivan", "Jamal", "Jonas", "Kaya", "Lena", "Liam", "Lucia", "Mara", "Mateo", "Mei", "Milo",
    "Nadia", "Nils", "Noor", "Olga", "Omar", "Paula", "Pia", "Rafael", "Rosa", "Samir", "Sara",
    "Tariq", "Tess", "Theo", "Uma", "Vera", "Yusuf",
)  # fmt: skip
LAST_NAMES: Final = (
    "Abbott", "Adeyemi", "Arslan", "Barros", "Becker", "Bergman", "Bianchi", "Brandt", "Castro",
    "Chen", "Clarke", "Costa", "Dubois", "Eriksen", "Fischer", "Fontaine", "Garcia", "Grant",
    "Haddad", "Hansen", "Hoffman", "Horvat", "Ibrahim", "Ito", "Jansen", "Kaplan", "Keller", "Khan",
    "Kowalski", "Larsen", "Lindgren", "Lopez", "Marino", "Meyer", "Moreau", "Murphy", "Nakamura",
    "Novak", "Okafor", "Olsen", "Petrov", "Quinn", "Rossi", "Santos", "Schmidt", "Silva", "Sousa",
    "Stein", "Tanaka", "Varga", "Vogel", "Walsh", "Weber", "Wright", "Yilmaz", "Ziegler",
)  # fmt: skip
JOB_TITLES: Final = (
    "Owner", "Shop manager", "Bookseller", "Buyer", "Accountant", "Events manager", "Web editor",
    "Office manager", "Marketing lead", "Managing director",
)  # fmt: skip
INDUSTRIES: Final = ("Retail", "Books", "Stationery", "Education", "Cafe", "Publishing")
CITIES: Final = (
    ("London", "GB", "44"), ("Leeds", "GB", "44"), ("Dublin", "IE", "353"), ("Berlin", "DE", "49"),
    ("Hamburg", "DE", "49"), ("Paris", "FR", "33"), ("Lyon", "FR", "33"), ("Madrid", "ES", "34"),
    ("Lisbon", "PT", "351"), ("Oslo", "NO", "47"), ("Vienna", "AT", "43"), ("Boston", "US", "1"),
    ("Portland", "US", "1"), ("Toronto", "CA", "1"),
)  # fmt: skip
_SHOP_FIRST: Final = (
    "Amber", "Anchor", "Beacon", "Birch", "Blue", "Bridge", "Canal", "Cedar", "Corner", "Crescent",
    "Ember", "Fern", "Garden", "Gate", "Harbor", "Hazel", "Hill", "Island", "Ivy", "Juniper",
    "Lantern", "Lark", "Linden", "Maple", "Market", "Meadow", "Mill", "North", "Oak", "Orchard",
    "Owl", "Paper", "Park", "Pilgrim", "Quay", "Raven", "River", "Rose", "Silver", "Station",
    "Stone", "Sunday", "Swan", "Tower", "Union", "Valley", "Walnut", "West", "Willow", "Windmill",
)  # fmt: skip
_SHOP_LAST: Final = (
    "Books", "Bookshop", "Press", "Pages", "Readers", "Library", "Stories", "Volumes", "Letters",
    "Shelf", "Chapters", "Reading Room",
)  # fmt: skip
_SUBJECTS: Final = (
    "Cannot print", "Wrong price", "Invoice missing", "Export fails", "Login is slow",
    "Stock is off", "New till", "Change of plan", "Refund please", "Import of titles",
    "Label printer", "Second shop", "Opening hours", "Gift cards", "Bar codes",
)  # fmt: skip
_ENDINGS: Final = (
    "since this morning", "on the new till", "for one title", "after the update", "in the office",
    "for two customers", "again", "with the old printer", "before the fair", "on Mondays",
)  # fmt: skip
_LETTERS: Final = np.frombuffer(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", dtype="S1"
)
_SECOND: Final = 1_000_000


def choose(
    rng: np.random.Generator, options: Sequence[Any], n: int, shares: Sequence[float] | None = None
) -> list[Any]:
    """Return n options, each drawn with its share or all alike."""
    return [options[at] for at in rng.choice(len(options), n, p=shares).tolist()]


def codes(
    rng: np.random.Generator, n: int, prefix: str, length: int, suffix: str = ""
) -> list[str]:
    """Return n texts: a prefix and random letters and digits."""
    drawn = _LETTERS[rng.integers(0, len(_LETTERS), (n, length))].view(f"S{length}")
    return [f"{prefix}{text.decode()}{suffix}" for text in drawn.ravel().tolist()]


def numbers(
    rng: np.random.Generator, n: int, first: int = 1, density: float = 0.7
) -> NDArray[np.int64]:
    """Return n small numbers, all different, as a system counts its rows: some are gone since."""
    return first + rng.permutation(max(int(n / density), n))[:n].astype(np.int64)


def spread(rng: np.random.Generator, n: int, first: int, last: int) -> NDArray[np.int64]:
    """Return n numbers of a wide range, all different."""
    gap = max((last - first) // max(n, 1), 1)
    return first + gap * rng.permutation(n) + rng.integers(0, gap, n)


def times(rng: np.random.Generator, n: int, first: str, days: float) -> NDArray[np.int64]:
    """Return n moments within some days after the first, in microseconds since 1970."""
    start = int(np.datetime64(first, "us").astype(np.int64))
    return start + rng.integers(0, max(int(days * 86_400), 1), n) * _SECOND


def sentences(rng: np.random.Generator, n: int) -> list[str]:
    """Return n short texts; few are alike."""
    parts = zip(
        choose(rng, _SUBJECTS, n),
        choose(rng, _ENDINGS, n),
        rng.integers(1, 1_000, n).tolist(),
        strict=True,
    )
    return [f"{subject} {ending} ({number})" for subject, ending, number in parts]


def shop_names(rng: np.random.Generator, n: int) -> list[str]:
    """Return n names of bookshops, all different."""
    every = [f"{first} {last}" for first in _SHOP_FIRST for last in _SHOP_LAST]
    found = [every[at] for at in rng.permutation(len(every))[:n].tolist()]
    return found + [f"{every[at % len(every)]} {at // len(every)}" for at in range(len(every), n)]
