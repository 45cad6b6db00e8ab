"""Everything hummgraph raises on purpose, in one tree.

::

    HummgraphError
    ├── ConfigError (ValueError)
    ├── RequestError
    │   ├── AuthenticationError
    │   ├── PermissionDeniedError (PermissionError)
    │   ├── NotFoundError (LookupError)
    │   ├── InvalidRequestError
    │   ├── RateLimitError
    │   ├── ServerError
    │   ├── RequestTimeoutError (TimeoutError)
    │   ├── ConnectionFailedError (ConnectionError)
    │   ├── RedirectError
    │   ├── ProtocolError
    │   └── ResponseTooLargeError
    ├── ContractError (ValueError)
    │   └── InvalidRecordError
    ├── TooManyBadRecordsError
    ├── SnapshotError
    │   ├── SnapshotNotFoundError (FileNotFoundError)
    │   ├── SnapshotVersionError
    │   └── SnapshotDamagedError
    ├── NodeError (LookupError)
    │   ├── NodeNotFoundError
    │   └── AmbiguousNodeError
    ├── LinkNotFoundError (LookupError)
    ├── NoPathError (LookupError)
    ├── ArgumentError (ValueError)
    │   └── ThresholdError
    ├── DecisionError (ValueError)
    ├── FormatError (ValueError)
    ├── MissingDependencyError (ImportError)
    ├── MemoryLimitError
    └── OutputError (OSError)

Catch as coarsely as suits: every class is a `HummgraphError`, and also the builtin that a Python
programmer would reach for. Messages never hold a token, nor a value taken out of a record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "AmbiguousNodeError",
    "ArgumentError",
    "AuthenticationError",
    "ConfigError",
    "ConnectionFailedError",
    "ContractError",
    "DecisionError",
    "FormatError",
    "HummgraphError",
    "InvalidRecordError",
    "InvalidRequestError",
    "LinkNotFoundError",
    "MemoryLimitError",
    "MissingDependencyError",
    "NoPathError",
    "NodeError",
    "NodeNotFoundError",
    "NotFoundError",
    "OutputError",
    "PermissionDeniedError",
    "ProtocolError",
    "RateLimitError",
    "RedirectError",
    "RequestError",
    "RequestTimeoutError",
    "ResponseTooLargeError",
    "ServerError",
    "SnapshotDamagedError",
    "SnapshotError",
    "SnapshotNotFoundError",
    "SnapshotVersionError",
    "ThresholdError",
    "TooManyBadRecordsError",
]


class HummgraphError(Exception):
    """Base of every error that hummgraph raises on purpose.

    Parameters
    ----------
    message
        What was wrong, and what was allowed.
    hint
        What to do about it.

    Attributes
    ----------
    code
        A short, stable name of the kind of error, for programs.
    hint
        What to do about it; empty when the message says it all.
    """

    code: ClassVar[str] = "hummgraph-error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message} {hint}" if hint else message)


class ConfigError(HummgraphError, ValueError):
    """A setting is missing or unusable: token, organisation id, base URL, names file."""

    code = "config"


class RequestError(HummgraphError):
    """A call to the API did not bring what was asked for.

    Attributes
    ----------
    url
        The URL without its query, empty when no request was made.
    status
        The HTTP status code, or ``None`` when no answer came.
    attempts
        How many requests were made.
    request_id
        The server's own name for the request, when it sent one.
    """

    code = "request"

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        url: str = "",
        status: int | None = None,
        attempts: int = 1,
        request_id: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.url = url
        self.status = status
        self.attempts = attempts
        self.request_id = request_id


class AuthenticationError(RequestError):
    """The API refused the token (401)."""

    code = "authentication"


class PermissionDeniedError(RequestError, PermissionError):
    """The token's user may not see this (403)."""

    code = "permission-denied"


class NotFoundError(RequestError, LookupError):
    """There is no such organisation, link, source or object, or none this user may see (404)."""

    code = "not-found"


class InvalidRequestError(RequestError):
    """The API did not accept the request itself (400, 405, 422 and other 4xx)."""

    code = "invalid-request"


class RateLimitError(RequestError):
    """The API asked for a pause longer than the retry policy allows (429).

    Attributes
    ----------
    retry_after
        Seconds to wait, as the server said; ``None`` when it did not say.
    """

    code = "rate-limit"

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        hint: str = "",
        url: str = "",
        status: int | None = None,
        attempts: int = 1,
        request_id: str | None = None,
    ) -> None:
        super().__init__(
            message, hint=hint, url=url, status=status, attempts=attempts, request_id=request_id
        )
        self.retry_after = retry_after


class ServerError(RequestError):
    """The API failed (5xx) at every attempt."""

    code = "server"


class RequestTimeoutError(RequestError, TimeoutError):
    """The answer did not come, or not to its end, within the time allowed."""

    code = "timeout"


class ConnectionFailedError(RequestError, ConnectionError):
    """No connection could be made or kept: name, network, TLS."""

    code = "connection"


class RedirectError(RequestError):
    """The API pointed elsewhere; redirects are not followed, so that the token stays at home."""

    code = "redirect"


class ProtocolError(RequestError):
    """What came is not proper HTTP, or was cut off or wrongly compressed."""

    code = "protocol"


class ResponseTooLargeError(RequestError):
    """The reply is larger than the limit in force."""

    code = "response-too-large"


class ContractError(HummgraphError, ValueError):
    """The reply, or a file, is not what the contract describes: HTML, no array, cut, not UTF-8."""

    code = "contract"


class InvalidRecordError(ContractError):
    """One record breaks the contract.

    Attributes
    ----------
    reasons
        Pairs of reason code and JSON pointer, in the order of the record's fields.
    """

    code = "invalid-record"

    def __init__(self, message: str, *, reasons: Sequence[tuple[str, str]], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.reasons = tuple(reasons)


class TooManyBadRecordsError(HummgraphError):
    """More records went to quarantine than were allowed.

    Attributes
    ----------
    share
        The share of bad records, in [0, 1].
    limit
        The largest share allowed, in [0, 1).
    """

    code = "too-many-bad-records"

    def __init__(self, message: str, *, share: float, limit: float, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.share = share
        self.limit = limit


class SnapshotError(HummgraphError):
    """A snapshot cannot be used."""

    code = "snapshot"


class SnapshotNotFoundError(SnapshotError, FileNotFoundError):
    """There is no snapshot at that path."""

    code = "snapshot-not-found"


class SnapshotVersionError(SnapshotError):
    """The snapshot was written by a newer hummgraph, in a form this one does not know."""

    code = "snapshot-version"


class SnapshotDamagedError(SnapshotError):
    """A file of the snapshot is missing, or is not the one that was written."""

    code = "snapshot-damaged"


class NodeError(HummgraphError, LookupError):
    """A node cannot be found by what was given."""

    code = "node"


class NodeNotFoundError(NodeError):
    """No node has that id or name.

    Attributes
    ----------
    near
        Names that come close, best first.
    """

    code = "node-not-found"

    def __init__(self, message: str, *, near: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.near = tuple(near)


class AmbiguousNodeError(NodeError):
    """Several nodes have that name.

    Attributes
    ----------
    candidates
        The ids of the nodes that have it, sorted.
    """

    code = "node-ambiguous"

    def __init__(self, message: str, *, candidates: Sequence[str], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.candidates = tuple(candidates)


class LinkNotFoundError(HummgraphError, LookupError):
    """No link has that id."""

    code = "link-not-found"


class NoPathError(HummgraphError, LookupError):
    """Nothing leads from one node to the other, or nothing joins two tables."""

    code = "no-path"


class ArgumentError(HummgraphError, ValueError):
    """An argument has a value that is not allowed; the message lists what is."""

    code = "argument"


class ThresholdError(ArgumentError):
    """A threshold is not a number in [0, 1]."""

    code = "threshold"


class DecisionError(HummgraphError, ValueError):
    """Review decisions cannot be read, contradict each other, or are about unknown links."""

    code = "decision"


class FormatError(HummgraphError, ValueError):
    """No format has that name or suffix, it cannot carry what was given, or a file breaks it."""

    code = "format"


class MissingDependencyError(HummgraphError, ImportError):
    """An optional package is needed and not installed."""

    code = "missing-dependency"

    @classmethod
    def of(cls, package: str) -> MissingDependencyError:
        """Build the error for a package that is an extra of the same name."""
        return cls(f"{package} is not installed.", hint=f"pip install 'hummgraph[{package}]'")


class MemoryLimitError(HummgraphError):
    """A computation was not begun, or not gone on with, as it may need more memory than allowed.

    Attributes
    ----------
    needed
        Bytes that it may need.
    limit
        Bytes that were allowed.
    """

    code = "memory-limit"

    def __init__(self, message: str, *, needed: int, limit: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.needed = needed
        self.limit = limit


class OutputError(HummgraphError, OSError):
    """A file or folder could not be written; what stood there before still stands."""

    code = "output"
