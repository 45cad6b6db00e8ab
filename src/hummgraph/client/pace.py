"""Pace of calls under a rate limit: how many at once, how far apart, and when after a refusal.

All of it is a frozen state and functions of it, which read no clock: :mod:`hummgraph.client.lanes`
drives them. A refusal pauses all calls and halves the number of those at once; calls that are let
through raise it one by one. As limits are seldom announced, the rate is measured: calls let through
over the time that they took, pauses included, which is what the limit allows, or less. From then on
calls keep apart, and their rate grows until the next refusal: first the more slowly the more calls
were measured, and faster once many more have been let through. It is the scheme of TCP's congestion
control [1]_, with the growth of CUBIC [2]_.

References
----------
.. [1] V. Jacobson, "Congestion Avoidance and Control", SIGCOMM 1988.
.. [2] S. Ha, I. Rhee and L. Xu, "CUBIC: A New TCP-Friendly High-Speed TCP Variant", 2008.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import inf
from typing import Final

__all__ = ["Pace", "accepted", "held", "is_new", "refused", "sent", "spent"]

# The numbers below were searched for with the limits of tests/client/test_rate_limits.py: buckets
# and windows of 2, 5 and 20 calls a second, with and without Retry-After, near and far servers.
# Share that older measurements keep at each new one.
_KEPT: Final = 0.85
# Growth of the rate at each call let through: of an uncertain measurement, and of an old one.
_UNCERTAIN_GROWTH: Final = 1.2
_LATE_GROWTH: Final = 0.003
# A measurement of a single call is taken for no more uncertain than this.
_LEAST_MEASURED: Final = 2.0
# So few calls between two refusals tell that a pause shorter than this was too short, and nothing
# about the rate. After longer ones it would take too long to wait for more of them.
_FEW_CALLS: Final = 3
_SHORT_PAUSE: Final = 0.9
# A refusal lowers the rate to this, or further if much less was let through.
_CUT: Final = 0.9
_CUT_SHARE: Final = 0.3
# A rate that grew beyond this is that of no limit.
_MAX_RATE: Final = 1_000.0
# Replies in a row after which "no calls left" is not believed any more.
_MAX_SPENT: Final = 2


@dataclass(frozen=True, slots=True)
class Pace:
    """Pace of one client's calls; times are seconds of a clock that only runs forward.

    Parameters
    ----------
    most
        Greatest number of calls at once; at least 1.
    lanes
        Number of calls at once now, from 1 to `most`.
    rate
        Greatest number of calls a second now; infinite as long as no limit is known.
    next_at
        Earliest time of the next call.
    refused_at
        Time of the last refusal.
    n_refusals
        Refusals since a call was let through.
    n_in_lanes
        Calls let through since the number of lanes changed.
    since
        Start of the present measurement; ``None`` before the first refusal.
    n_accepted
        Calls let through since then.
    n_measured, seconds
        Calls and time of all measurements, older ones counting less.
    n_spent
        Replies in a row by which the limit has no calls left, one for each wait.
    """

    most: int
    lanes: int
    rate: float = inf
    next_at: float = -inf
    refused_at: float = -inf
    n_refusals: int = 0
    n_in_lanes: int = 0
    since: float | None = None
    n_accepted: int = 0
    n_measured: float = 0.0
    seconds: float = 0.0
    n_spent: int = 0


def sent(pace: Pace, now: float) -> Pace:
    """Return the pace after a call was sent."""
    return replace(pace, next_at=now + 1.0 / pace.rate)


def accepted(pace: Pace) -> Pace:
    """Return the pace after a call was let through: a little faster, if it was slowed."""
    rate = pace.rate
    if rate < inf:
        n_measured = max(pace.n_measured, _LEAST_MEASURED)
        late = (pace.n_accepted / n_measured) ** 2
        rate *= 1.0 + _UNCERTAIN_GROWTH / n_measured**2 + _LATE_GROWTH * late / n_measured
        rate = inf if rate > _MAX_RATE else rate
    lanes, n_in_lanes = pace.lanes, pace.n_in_lanes + 1
    if n_in_lanes >= lanes:
        lanes, n_in_lanes = min(lanes + 1, pace.most), 0
    return replace(
        pace,
        lanes=lanes,
        rate=rate,
        n_refusals=0,
        n_in_lanes=n_in_lanes,
        n_accepted=pace.n_accepted + 1,
    )


def held(pace: Pace, until: float) -> Pace:
    """Return the pace with no call before a time."""
    return replace(pace, next_at=max(pace.next_at, until))


def spent(pace: Pace, *, sent_at: float, until: float | None) -> Pace:
    """Return the pace after a reply; ``until`` is the time when the limit has calls again, if any.

    A server that names such a time in every reply, and lets calls through before it, is ignored.
    """
    if until is None:
        return replace(pace, n_spent=0) if pace.n_spent else pace
    n_spent = pace.n_spent + (sent_at >= pace.next_at - 1.0 / pace.rate)
    if n_spent > _MAX_SPENT:
        return pace
    return held(replace(pace, n_spent=n_spent), until)


def is_new(pace: Pace, sent_at: float) -> bool:
    """Return whether the refusal of a call is a new one, not part of the last.

    Calls that were under way at the time of the last refusal were not sent at the pace after it.
    """
    return sent_at > pace.refused_at


def refused(pace: Pace, *, now: float, pause: float) -> Pace:
    """Return the pace after a new refusal: a pause, then fewer calls at once, and slower."""
    fewer = replace(
        pace,
        lanes=max(1, pace.lanes // 2),
        refused_at=now,
        n_refusals=pace.n_refusals + 1,
        n_in_lanes=0,
    )
    n_enough = _FEW_CALLS if pause < _SHORT_PAUSE else 1
    if pace.since is None or pace.n_accepted >= n_enough:
        fewer = replace(_measured(fewer, now), since=now, n_accepted=0)
    return held(fewer, now + pause)


def _measured(pace: Pace, now: float) -> Pace:
    """Return the pace at the rate that the calls since the last refusal suggest."""
    if pace.since is None:
        return pace  # nothing is known of the time before, when no limit was reached
    n_measured = _KEPT * pace.n_measured + pace.n_accepted
    seconds = _KEPT * pace.seconds + now - pace.since
    let_through = n_measured / seconds
    rate = let_through
    if pace.rate < inf:
        rate = pace.rate * min(_CUT, min(1.0, let_through / pace.rate) ** _CUT_SHARE)
    return replace(pace, rate=rate, n_measured=n_measured, seconds=seconds)
