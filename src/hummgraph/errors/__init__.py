"""All errors that hummgraph raises, in one tree.

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
    │   ├── ResponseTooLargeError
    │   └── LookupsLostError
    ├── ContractError (ValueError)
    │   ├── InvalidRecordError
    │   └── PagedReplyError
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
    ├── PluginError
    ├── MissingDependencyError (ImportError)
    ├── MemoryLimitError
    ├── ValuesError
    └── OutputError (OSError)

Every class is a `HummgraphError`, and also the builtin error that fits it best. Messages never hold
a token, or a value taken from a record.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from hummgraph.errors.texts import bounded

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
    "LookupsLostError",
    "MemoryLimitError",
    "MissingDependencyError",
    "NoPathError",
    "NodeError",
    "NodeNotFoundError",
    "NotFoundError",
    "OutputError",
    "PagedReplyError",
    "PermissionDeniedError",
    "PluginError",
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
    "ValuesError",
]


class HummgraphError(Exception):
    """Base of every error that hummgraph raises.

    Parameters
    ----------
    message
        Text that says what is wrong, and what is allowed; above 1,000 characters it loses its
        middle.
    hint
        Text that says what to do about it; likewise.

    Attributes
    ----------
    code
        A short, stable name of the kind of error, for programs.
    hint
        Advice on what to do about it; empty if the message is enough.
    """

    code: ClassVar[str] = "hummgraph-error"

    def __init__(self, message: str, *, hint: str = "") -> None:
        self.message = bounded(message)
        self.hint = bounded(hint)
        super().__init__(f"{self.message} {self.hint}" if hint else self.message)


class ConfigError(HummgraphError, ValueError):
    """A setting is missing or invalid: token, organisation id, base URL, names file."""

    code = "config"


class RequestError(HummgraphError):
    """A call to the API failed.

    Attributes
    ----------
    url
        The URL without its query; empty if no request was made.
    status
        The HTTP status code; ``None`` without a reply.
    attempts
        Number of requests made.
    request_id
        The server's own id of the request, if it sent one.
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
    """The user of the token has no access (403)."""

    code = "permission-denied"


class NotFoundError(RequestError, LookupError):
    """The organisation, link, source or object does not exist, or is not visible (404)."""

    code = "not-found"


class InvalidRequestError(RequestError):
    """The API rejected the request itself (400, 405, 422 and other 4xx)."""

    code = "invalid-request"


class RateLimitError(RequestError):
    """A rate limit refused the call for longer than the retry policy waits (429).

    Attributes
    ----------
    retry_after
        Seconds to wait, according to the server; ``None`` if it sent no value.
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
    """The reply was not complete within the time allowed."""

    code = "timeout"


class ConnectionFailedError(RequestError, ConnectionError):
    """A connection could not be opened or was lost: name, network, TLS."""

    code = "connection"


class RedirectError(RequestError):
    """The API redirected the call; redirects are not followed, to protect the token."""

    code = "redirect"


class ProtocolError(RequestError):
    """The reply is not valid HTTP, is truncated or is wrongly compressed."""

    code = "protocol"


class ResponseTooLargeError(RequestError):
    """The reply is larger than the limit in force."""

    code = "response-too-large"


class LookupsLostError(RequestError):
    """Catalogue calls failed after all retries, and a complete catalogue was required.

    Attributes
    ----------
    n_lost
        Number of these calls.
    """

    code = "lookups-lost"

    def __init__(self, message: str, *, n_lost: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.n_lost = n_lost


class ContractError(HummgraphError, ValueError):
    """A reply or file breaks the contract as a whole: HTML, not an array, truncated, not UTF-8."""

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


class PagedReplyError(ContractError):
    """A reply announces more records than it has; the contract has no pages to ask for the rest."""

    code = "paged"


class TooManyBadRecordsError(HummgraphError):
    """More records break the contract than allowed.

    Attributes
    ----------
    share
        Share of bad records, in [0, 1].
    limit
        Greatest share allowed, in [0, 1).
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
    """There is no snapshot at the path."""

    code = "snapshot-not-found"


class SnapshotVersionError(SnapshotError):
    """The snapshot was written by a newer hummgraph, in an unknown format version."""

    code = "snapshot-version"


class SnapshotDamagedError(SnapshotError):
    """A file of the snapshot is missing, or differs from the one written."""

    code = "snapshot-damaged"


class NodeError(HummgraphError, LookupError):
    """The node does not exist or the name is ambiguous."""

    code = "node"


class NodeNotFoundError(NodeError):
    """No node has the id or name.

    Attributes
    ----------
    near
        Similar names, best first.
    """

    code = "node-not-found"

    def __init__(self, message: str, *, near: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.near = tuple(near)


class AmbiguousNodeError(NodeError):
    """Several nodes have the name.

    Attributes
    ----------
    candidates
        Ids of the nodes with that name, sorted.
    """

    code = "node-ambiguous"

    def __init__(self, message: str, *, candidates: Sequence[str], hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.candidates = tuple(candidates)


class LinkNotFoundError(HummgraphError, LookupError):
    """No link has the id."""

    code = "link-not-found"


class NoPathError(HummgraphError, LookupError):
    """No path leads from one node to the other, or joins two tables."""

    code = "no-path"


class ArgumentError(HummgraphError, ValueError):
    """An argument has a value that is not allowed; the message lists the allowed ones."""

    code = "argument"


class ThresholdError(ArgumentError):
    """A threshold is not a number in [0, 1]."""

    code = "threshold"


class DecisionError(HummgraphError, ValueError):
    """Review decisions cannot be read, contradict each other, or name unknown links or nodes."""

    code = "decision"


class FormatError(HummgraphError, ValueError):
    """A format is unknown, cannot hold the content, or a file breaks it."""

    code = "format"


class PluginError(HummgraphError):
    """A plug-in of another package cannot be used, or failed; the message names it.

    Attributes
    ----------
    plugin
        Name of its entry point; empty if several are meant.
    """

    code = "plugin"

    def __init__(self, message: str, *, plugin: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.plugin = plugin


class MissingDependencyError(HummgraphError, ImportError):
    """An optional package is required and not installed."""

    code = "missing-dependency"

    @classmethod
    def of(cls, package: str) -> MissingDependencyError:
        """Return the error for a package that is an extra of the same name."""
        return cls(f"{package} is not installed.", hint=f"pip install 'hummgraph[{package}]'")


class MemoryLimitError(HummgraphError):
    """A computation was stopped, or not started, as it may need more memory than allowed.

    Attributes
    ----------
    needed
        Number of bytes that it may need.
    limit
        Number of bytes allowed.
    """

    code = "memory-limit"

    def __init__(self, message: str, *, needed: int, limit: int, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.needed = needed
        self.limit = limit


class ValuesError(HummgraphError):
    """The values of a table cannot be read from a file, a stream or a database.

    The message has the class of the driver's error and its SQLSTATE, and never its text, which may
    quote values.
    """

    code = "values"


class OutputError(HummgraphError, OSError):
    """A file or folder could not be written; an existing one is unchanged."""

    code = "output"
