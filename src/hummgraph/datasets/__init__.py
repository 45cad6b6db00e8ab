"""Example organisations: the bundled demo, and generated ones with a known truth.

All consist of records as the API sends them, so that validation and everything after it is used.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from importlib.resources import files
from math import inf
from typing import TYPE_CHECKING, Any

import numpy as np

from hummgraph.datasets.planted import Parameters, plant, reply_chunks
from hummgraph.datasets.records import Records, demo_records, generate_records
from hummgraph.datasets.systems import Scheme, plant_systems
from hummgraph.errors import ArgumentError
from hummgraph.frames import visible

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from hummgraph.snapshot.snapshot import Snapshot

__all__ = [
    "Organization",
    "Records",
    "demo_records",
    "generate_organization",
    "generate_records",
    "generate_reply",
    "generate_systems",
    "load_demo",
]


@dataclass(frozen=True, slots=True)
class Organization:
    """Entity links and catalogue of an organisation as records, with the truth.

    Parameters
    ----------
    name
        Name of the organisation.
    organization_id
        Id of the organisation.
    links
        Records of entity links, in the order in which the API would send them.
    catalogue
        Records by kind: ``organization``, ``integration_sources``, ``tables``, ``saas_objects``,
        ``columns``, ``saas_fields``, ``associations`` and ``relationships``.
    truth
        Clusters of ids of columns and fields that hold the same attribute. A pair of columns is
        right if one cluster has both, and wrong otherwise.
    entities
        Groups of ids of tables and objects that hold rows of the same thing, as of persons; a table
        that has no other is a group of its own. Tables that it does not name are not judged.
    roles
        Role of columns and fields by id, such as ``"KEY"``; columns that it does not name are not
        judged.

    Examples
    --------
    >>> load_demo()
    <Organization Quillharbor: 1493 link records, 7 systems, 90 true clusters>
    """

    name: str
    organization_id: str
    links: list[dict[str, Any]]
    catalogue: dict[str, list[dict[str, Any]]]
    truth: tuple[tuple[str, ...], ...]
    entities: tuple[tuple[str, ...], ...] = ()
    roles: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return (
            f"<Organization {visible(self.name)}: {len(self.links)} link records, "
            f"{len(self.catalogue.get('integration_sources', ()))} systems, "
            f"{len(self.truth)} true clusters>"
        )

    def snapshot(self) -> Snapshot:
        """Return a validated snapshot of the records.

        Returns
        -------
        Snapshot
            The snapshot, as returned by :func:`hummgraph.read_links`: without raw replies.

        Notes
        -----
        O(n) for n records.

        Examples
        --------
        >>> load_demo().snapshot()
        <Snapshot of Quillharbor: 1,490 links, 3 quarantined>
        """
        # Imported here, so that records can be generated without loading the validation.
        from hummgraph.snapshot.link_readers import read_links

        return read_links(self.links, catalogue=self.catalogue)


def load_demo() -> Organization:
    """Return the bundled demo organisation.

    Quillharbor is fictitious. It has seven systems (Salesforce, HubSpot, Stripe, Zendesk, Mixpanel,
    PostgreSQL and Snowflake) with 63 tables and objects and about 620 columns and fields, named and
    typed as in those systems, and about 1,500 links from simple matchers and from reviewers: of
    both types and all three states, parallel, reversed, without a confidence or evidence, at all
    levels; many plainly wrong, as between any two columns ``created_at``.

    Returns
    -------
    Organization
        The organisation. Three of its records belong in quarantine: an exact duplicate, a
        confidence above 1, and a side that is both a table and an object. Two tables are missing
        from the list of tables, and one linked field from the list of fields. Three links
        contradict each other: two APPROVED ones join a REJECTED pair.

    Notes
    -----
    Equal at every call. The file is built by ``python -m hummgraph.datasets.demo.build``.

    Examples
    --------
    >>> demo = load_demo()
    >>> sorted(record["name"] for record in demo.catalogue["integration_sources"])[:3]
    ['HubSpot', 'Mixpanel', 'PostgreSQL']
    """
    packed = files("hummgraph").joinpath("datasets", "demo", "organization.json.gz").read_bytes()
    content = json.loads(gzip.decompress(packed))
    truth, entities = (
        tuple(tuple(members) for members in content.pop(name)) for name in ("truth", "entities")
    )
    return Organization(truth=truth, entities=entities, **content)


def generate_organization(
    *,
    n_links: int = 1_000,
    n_systems: int = 6,
    n_entities: int | None = None,
    noise: float = 0.5,
    right: tuple[float, float] = (8.0, 2.0),
    wrong: tuple[float, float] = (4.0, 3.0),
    decided: float = 0.1,
    deterministic: float = 0.1,
    duplicates: float = 0.0,
    parallel: float = 0.05,
    nulls: float = 0.03,
    seed: int,
) -> Organization:
    """Build an organisation with a known truth.

    Each entity is an attribute that several systems hold, in two to eight columns, at most one in
    each table and, while there are enough systems, one in each system. A matcher finds some of the
    right pairs of columns and some wrong ones; half of the wrong ones gather at a few columns, as
    at every ``created_at``. Reviewers, who make no mistakes, have decided some of the pairs.

    Parameters
    ----------
    n_links
        Number of link records; at least 1.
    n_systems
        Number of systems, every second one a SaaS system; at least 2.
    n_entities
        Number of attributes; at least 2. By default as many as the matcher needs to find about 60 %
        of the right pairs, or fewer for few pairs.
    noise
        Share of the pairs found that are wrong, in [0, 1].
    right, wrong
        The two parameters, above 0, of the Beta distributions of the confidences of right and of
        wrong pairs.
    decided
        Share of the pairs found that are APPROVED, if right, or REJECTED, if wrong; in [0, 1].
    deterministic
        Share of the right pairs found whose links are DETERMINISTIC, in [0, 1].
    duplicates
        Share of the columns that have a second column of the same meaning in their own table, in
        [0, 1].
    parallel
        Share of the links that repeat another one's pair, in [0, 1); half of them the other way
        round, all with confidences of their own and not yet decided.
    nulls
        Share of the links without a confidence, in [0, 1].
    seed
        Seed of the random numbers; not negative.

    Returns
    -------
    Organization
        The organisation, equal for equal arguments and version of numpy.

    Raises
    ------
    ArgumentError
        If an argument is out of range, or there are too few right or wrong pairs.

    Notes
    -----
    O(n_links log n_links) time.

    Examples
    --------
    >>> planted = generate_organization(n_links=200, noise=0.3, seed=7)
    >>> len(planted.links)
    200
    >>> planted.links == generate_organization(n_links=200, noise=0.3, seed=7).links
    True
    """
    _check_counts(
        n_links=(n_links, 1),
        n_systems=(n_systems, 2),
        n_entities=(2 if n_entities is None else n_entities, 2),
        seed=(seed, 0),
    )
    _check_shares(
        noise=noise,
        decided=decided,
        deterministic=deterministic,
        duplicates=duplicates,
        parallel=parallel,
        nulls=nulls,
    )
    _check_beta(right=right, wrong=wrong)
    parameters = Parameters(
        n_links=n_links,
        n_systems=n_systems,
        n_entities=n_entities,
        noise=noise,
        right=right,
        wrong=wrong,
        decided=decided,
        deterministic=deterministic,
        duplicates=duplicates,
        parallel=parallel,
        nulls=nulls,
    )
    organization_id, links, catalogue, truth = plant(parameters, np.random.default_rng(seed))
    return Organization("Planted", organization_id, links, catalogue, truth)


def generate_systems(
    *,
    n_systems: int = 8,
    n_things: int = 10,
    found: float = 0.7,
    noise: float = 0.4,
    decided: float = 0.15,
    named: bool = True,
    seed: int,
) -> Organization:
    """Build an organisation whose tables hold known things, with names as systems give them.

    Each thing, such as persons, invoices or products, is in some of the systems, under a name and
    with attributes of the system's own: keys that systems share, ids of each other's rows, and
    references between tables. The last system is a warehouse with copies of other systems' tables
    and models made of several. Some things look alike and share no row: persons and staff, order
    lines and invoice lines. A matcher that sees names and values finds right pairs of columns and
    wrong ones; reviewers, who make no mistakes, have decided some.

    Parameters
    ----------
    n_systems
        Number of systems, the warehouse included; at least 3.
    n_things
        Number of things, at most 18; at least 2.
    found
        Share of the right pairs with equal names that the matcher finds, in [0, 1].
    noise
        Share of the pairs found that are wrong, in [0, 1), as far as there are look-alikes.
    decided
        Share of the pairs found that are APPROVED, if right, or REJECTED, if wrong; in [0, 1].
    named
        Whether names, types and declared keys are as described; else all names are numbers, as
        where an account does not give them.
    seed
        Seed of the random numbers; not negative.

    Returns
    -------
    Organization
        The organisation with its truth of columns, tables and roles, equal for equal arguments and
        version of numpy.

    Raises
    ------
    ArgumentError
        If an argument is out of range.

    Notes
    -----
    O(n**2) for n columns.

    Examples
    --------
    >>> planted = generate_systems(n_systems=5, n_things=6, seed=7)
    >>> len(planted.entities), planted.entities == generate_systems(
    ...     n_systems=5, n_things=6, seed=7
    ... ).entities
    (6, True)
    """
    _check_counts(n_systems=(n_systems, 3), n_things=(n_things, 2), seed=(seed, 0))
    _check_shares(found=found, noise=noise, decided=decided)
    scheme = Scheme(
        n_systems=n_systems,
        n_things=n_things,
        found=found,
        noise=noise,
        decided=decided,
        named=named,
    )
    return Organization("Planted", **plant_systems(scheme, np.random.default_rng(seed)))


def generate_reply(
    n_links: int,
    *,
    n_systems: int = 50,
    n_columns: int = 60_000,
    evidence: bool = True,
    seed: int,
) -> Iterator[bytes]:
    """Return the body of a reply of any length, in pieces, for measurements.

    The links are random: their ends follow a power law, so that a few columns have very many; each
    column has its table and each table its system. Types, states, confidences and nulls are random.

    Parameters
    ----------
    n_links
        Number of links; not negative.
    n_systems
        Number of systems, every second one a SaaS system; at least 1.
    n_columns
        Number of columns and fields; at least 1.
    evidence
        Whether links have evidence, an object of five keys; else it is null.
    seed
        Seed of the random numbers; not negative.

    Yields
    ------
    bytes
        Pieces of one JSON array of records, UTF-8, of about half a megabyte; a link takes about 850
        bytes with evidence, 740 without.

    Raises
    ------
    ArgumentError
        If a number is too small; raised at the call, not at the first piece.

    Notes
    -----
    O(n_links) time, O(n_columns) memory.

    Examples
    --------
    >>> import json
    >>> records = json.loads(b"".join(generate_reply(3, seed=1)))
    >>> len(records), len(records[0])
    (3, 18)
    """
    _check_counts(
        n_links=(n_links, 0), n_systems=(n_systems, 1), n_columns=(n_columns, 1), seed=(seed, 0)
    )
    return reply_chunks(
        np.random.default_rng(seed), n_links, n_systems, n_columns, with_evidence=evidence
    )


def _check_counts(**counts: tuple[int, int]) -> None:
    for name, (value, least) in counts.items():
        if value < least:
            raise ArgumentError(f"{name} is {value}; it must be a whole number, at least {least}.")


def _check_shares(**shares: float) -> None:
    for name, value in shares.items():
        if not 0.0 <= value <= 1.0:
            raise ArgumentError(f"{name} is {value}; it must be a share, in [0, 1].")


def _check_beta(**parameters: Sequence[float]) -> None:
    for name, values in parameters.items():
        if len(values) != 2 or not all(0.0 < value < inf for value in values):
            raise ArgumentError(f"{name} is {values}; it must be two numbers above 0.")
