"""Records: rows of an organisation's tables, invented, and which row is which thing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hummgraph.errors import ArgumentError
from hummgraph.frames import Frame

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from hummgraph.datasets import Organization

__all__ = ["Records", "demo_records", "generate_records"]

_FORMATS: Final = ("parquet", "csv")


@dataclass(frozen=True, slots=True)
class Records:
    """Rows of an organisation's tables, and which row is a record of which thing.

    Parameters
    ----------
    tables
        Arrow tables by the path of the table or object, such as ``"Stripe/customers"``, sorted by
        path; their columns have the names that the systems give them.
    truth
        One row per record: ``entity``, the kind of the thing, such as ``"company"``; ``thing``, its
        number; ``table``, the path; ``row``, the position in the table, from 0; ``record_key``, the
        primary key as text, null if the table has none; and ``copied``, whether somebody copied
        another record of the thing to test something.
    references
        References of things, one row for each two: ``entity`` and ``thing``, such as a person, and
        ``other_entity`` and ``other_thing``, such as the company that employs her.

    Examples
    --------
    >>> demo_records(n_persons=100)
    <Records: 3,920 in 63 tables>
    """

    tables: Mapping[str, Any]
    truth: Frame
    references: Frame

    def __repr__(self) -> str:
        return f"<Records: {len(self.truth):,} in {len(self.tables)} tables>"

    def write(self, folder: str | os.PathLike[str], *, format: str = "parquet") -> None:  # noqa: A002 - the word for it
        """Write each table to a file of its own, in a folder per system.

        Parameters
        ----------
        folder
            Folder to write to, such as ``"rows"`` for ``rows/Stripe/customers.parquet``; it is made
            if it does not exist, and files of these names in it are replaced.
        format
            ``"parquet"`` or ``"csv"``.

        Raises
        ------
        ArgumentError
            If the format is another.

        Examples
        --------
        >>> from tempfile import mkdtemp
        >>> folder = Path(mkdtemp())
        >>> demo_records(n_persons=100).write(folder)
        >>> sorted(path.name for path in (folder / "Stripe").iterdir())[:3]
        ['charges.parquet', 'customers.parquet', 'invoice_line_items.parquet']
        """
        if format not in _FORMATS:
            raise ArgumentError(f"format is {format!r}; it must be 'parquet' or 'csv'.")
        for path, table in self.tables.items():
            system, _, name = path.partition("/")
            file = Path(folder) / system / f"{name}.{format}"
            file.parent.mkdir(parents=True, exist_ok=True)
            if format == "parquet":
                from pyarrow import parquet

                parquet.write_table(table, file)
            else:
                from pyarrow import csv

                csv.write_csv(table, file)


def demo_records(seed: int = 0, *, n_persons: int = 2_000) -> Records:
    """Return invented records of the bundled demo organisation.

    The rows of all 63 tables and objects of :func:`load_demo`, in the columns that it lists, with
    their types: persons, companies, deals, subscriptions, invoices, tickets and events, each in
    some of the systems. Columns that mean the same, by the organisation's ``truth``, hold the same
    values for the same thing, and declared references lead to rows that exist.

    Real data is dirty, and so is this: small numbers that count other things in every system;
    statuses, plans, countries and times that many tables share; 30 % nulls where nobody has to
    enter a value; names, e-mail addresses and telephone numbers in another case, with blanks, or as
    each system writes them; rows that were copied to test something; invoice numbers that two legal
    entities count from one; an address that colleagues enter for persons whose own they do not
    know, and an accountant's that many customers have; tables that have landed in the warehouse.

    Parameters
    ----------
    seed
        Seed of the random numbers; not negative.
    n_persons
        Number of persons, at least 40; the other things are in proportion.

    Returns
    -------
    Records
        The records, equal for equal arguments and version of numpy.

    Raises
    ------
    ArgumentError
        If a number is too small.

    Notes
    -----
    O(n_persons) time and memory; about 40 records per person.

    Examples
    --------
    >>> records = demo_records()
    >>> records
    <Records: 78,632 in 63 tables>
    >>> records.tables["Stripe/customers"].column_names[:3]
    ['id', 'email', 'name']
    """
    _check_at_least(seed=(seed, 0), n_persons=(n_persons, 40))
    # Imported here, so that the demo's links can be loaded without what invents its rows.
    from hummgraph.datasets.demo.rows import invent_rows

    tables, truth, references = invent_rows(seed, n_persons)
    return Records(tables, Frame(truth), Frame(references))


def generate_records(organization: Organization, *, n_things: int = 400, seed: int) -> Records:
    """Return invented records of a generated organisation.

    Each table holds some of the things of a kind, and its columns their attributes: those that mean
    the same, by the organisation's ``truth``, hold the same values for the same thing. Tables of
    one of its ``entities`` hold things of one kind; where it has none, all tables do. Values follow
    the roles and types of columns, or are drawn: most keys are small numbers then. About half of
    the wrong links join columns that share more than a fifth of their values, because both
    count from one, or hold statuses, flags or days.

    Parameters
    ----------
    organization
        An organisation of one of these two functions.
    n_things
        Number of things of each kind, give or take 30 %; at least 10.
    seed
        Seed of the random numbers; not negative.

    Returns
    -------
    Records
        The records, equal for equal arguments and version of numpy; kinds of things are called
        ``"thing 0"``, by their positions in the organisation's ``entities``.

    Raises
    ------
    ArgumentError
        If a number is too small.

    Notes
    -----
    O(n_things) time and memory per column.

    Examples
    --------
    >>> from hummgraph.datasets import generate_systems
    >>> planted = generate_systems(n_systems=4, n_things=5, seed=7)
    >>> generate_records(planted, seed=7)
    <Records: 7,703 in 23 tables>
    """
    _check_at_least(seed=(seed, 0), n_things=(n_things, 10))
    import numpy as np

    from hummgraph.datasets.planted_records import plant_rows

    tables, truth, references = plant_rows(organization, np.random.default_rng(seed), n_things)
    return Records(tables, Frame(truth), Frame(references))


def _check_at_least(**counts: tuple[int, int]) -> None:
    for name, (value, least) in counts.items():
        if value < least:
            raise ArgumentError(f"{name} is {value}; it must be a whole number, at least {least}.")
