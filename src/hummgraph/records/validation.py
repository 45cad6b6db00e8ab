"""Validation of replies: valid records become columns, the others are set aside with reasons.

:func:`~hummgraph.records.verdicts.validate_record` defines what is valid. :func:`validate_links`
decides the same for a million records, faster: it decodes and checks many at a time, and passes
every record that it cannot prove valid to `validate_record`.
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

    from hummgraph.records.limits import MemoryBudget
    from hummgraph.records.verdicts import ValidatedLinks

__all__ = ["validate_links"]

# Bytes of a reply per chunk. Smaller chunks make the calls into numpy weigh more; larger ones
# need more memory besides the columns (10 bytes a link of a million).
_CHUNK_SIZE: Final = 1 << 20


def validate_links(
    openers: Iterable[Callable[[], IO[bytes]]],
    *,
    organization_id: UUID | None = None,
    origin: Origin = REPLY,
    memory: MemoryBudget | None = None,
) -> ValidatedLinks:
    """Validate the links of one or more replies, and build columns of the valid ones.

    Parameters
    ----------
    openers
        Functions that open the replies for reading. Each is called again for replies with
        duplicates or records of another organisation, to fetch their text. A reply is a JSON array,
        or one record a line (NDJSON), with or without a UTF-8 byte order mark.
    organization_id
        The organisation whose links these should be. Without it, the one with the most links.
    origin
        Name of the input in errors; a reply of the API by default.
    memory
        Memory that the links may use; that of `Limits` by default.

    Returns
    -------
    ValidatedLinks
        Links, quarantine and counts.

    Raises
    ------
    ContractError
        If a reply as a whole breaks the contract: empty, HTML, an error object, not UTF-8, cut off,
        or followed by something else; or if all links belong to another organisation.
    MemoryLimitError
        If the links need more memory than allowed.

    See Also
    --------
    hummgraph.records.verdicts.validate_record : The same for one record.

    Notes
    -----
    Linear in the replies' size, plus one sort of the links' ids. Replies are streamed: memory holds
    about a megabyte of text with its records, the columns, and a sample of the records set aside.

    The newest of several links with one id is kept; of equally new ones, the one whose content has
    the largest SHA-256. So the result does not depend on the order of the records.

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
    return _validate(tuple(openers), organization_id, _CHUNK_SIZE, origin, memory)


def _validate(
    openers: Sequence[Callable[[], IO[bytes]]],
    organization_id: UUID | None,
    chunk_size: int,
    origin: Origin = REPLY,
    memory: MemoryBudget | None = None,
) -> ValidatedLinks:
    _keep_freed_memory()
    run = LinkCheck(memory)
    for reply, opener in enumerate(openers):
        with opener() as stream:
            for chunk in read_chunks(stream, chunk_size, origin):
                run.take(reply, chunk)
    return run.finish(texts_of_replies(openers), organization_id)


@functools.cache
def _keep_freed_memory() -> None:
    """Make glibc keep the memory of one chunk for the next.

    glibc returns freed blocks to the system and maps them in again page by page, unless a larger
    block was freed before; without this block, validation takes a fifth longer. Once is enough:
    only the first block is never touched, a second would cost some milliseconds.
    """
    bytes(24 << 20)
