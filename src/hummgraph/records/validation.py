"""From a reply's bytes to columns: what is right is kept, the rest set aside with its reasons.

:func:`validate_record` says what is right: the rules of JSON, strictly, and the model of the wire
contract. :func:`validate_links` says the same of a million records, faster: records are decoded and
checked many at a time, and whatever that cannot prove to be right is given to `validate_record`.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final

from hummgraph.records.decode.chunks import REPLY, Origin, read_chunks
from hummgraph.records.link_check import LinkCheck, texts_of_replies

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import IO
    from uuid import UUID

    from hummgraph.records.verdicts import ValidatedLinks

__all__ = ["validate_links"]

# How much of a reply is looked at at a time. With less, the calls into numpy weigh more; with
# more, the memory that is held besides the columns does (10 bytes a link of a million).
_CHUNK_SIZE: Final = 1 << 20


def validate_links(
    openers: Iterable[Callable[[], IO[bytes]]],
    *,
    organization_id: UUID | None = None,
    origin: Origin = REPLY,
) -> ValidatedLinks:
    """Check the links of one or more replies, and make columns of what is right.

    Parameters
    ----------
    openers
        For each reply, a function that opens it for reading. It is called again for replies with
        duplicates or records of another organisation, to fetch their text. A reply is a JSON array,
        or one record a line (NDJSON), with or without a UTF-8 byte order mark.
    organization_id
        The organisation whose links these should be. Without it, the one with the most links.
    origin
        What errors call that which is read; replies of the API when not given.

    Returns
    -------
    ValidatedLinks
        Links, quarantine and counts.

    Raises
    ------
    ContractError
        If a reply as a whole is not what the contract describes: empty, HTML, an error object, not
        UTF-8, cut off, followed by something else; or if all links belong to another organisation.

    See Also
    --------
    validate_record : The same for one record.

    Notes
    -----
    Linear in the replies' size, but for one sort of the links' ids. The replies are streamed: what
    is held is about a megabyte of text and its records, and the columns.

    Of several links with one id, the newest is kept; of equally new ones, the one whose content has
    the largest SHA-256. So the outcome does not depend on the order of the records.

    Examples
    --------
    >>> import io
    >>> reply = b'[{"id": "not an id"}]'
    >>> validated = validate_links([lambda: io.BytesIO(reply)])
    >>> validated.links.num_rows, len(validated.quarantine)
    (0, 1)
    >>> validated.quarantine[0].reasons[0]
    Reason(code='missing_field', pointer='/organization_id')
    """
    return _validate(tuple(openers), organization_id, _CHUNK_SIZE, origin)


def _validate(
    openers: Sequence[Callable[[], IO[bytes]]],
    organization_id: UUID | None,
    chunk_size: int,
    origin: Origin = REPLY,
) -> ValidatedLinks:
    _let_memory_be_kept()
    run = LinkCheck()
    for reply, opener in enumerate(openers):
        with opener() as stream:
            for chunk in read_chunks(stream, chunk_size, origin):
                run.take(reply, chunk)
    return run.finish(texts_of_replies(openers), organization_id)


@functools.cache
def _let_memory_be_kept() -> None:
    """Make glibc keep the memory of one chunk for the next.

    It gives blocks back to the system as soon as they are freed, and has them mapped in anew page
    by page, unless a larger block was freed before; without it a fifth more time passes. Once is
    enough, and only the first block is never touched: a second would cost some milliseconds.
    """
    bytes(24 << 20)
