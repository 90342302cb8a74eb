"""When the clock of a deadline runs, and until when: reckoned without a database."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from zhidu.durations import Duration
from zhidu.org.worktime import WorkClock, parse_hours
from zhidu.policy.deadlines_stated import Past, StatedDeadline, spans

MONDAY = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""Nine in the morning in Shanghai, on a working day."""

ZONE = WorkClock(ZoneInfo("Asia/Shanghai"), parse_hours("09:00-18:00"))


def stated(start: str = "submit", until: str = "end", within: str = "1 day") -> StatedDeadline:
    return StatedDeadline("x", "x", "demo.request", Duration.parse(within), "D-3", start, until)


def test_a_day_of_the_form_counts_from_its_end() -> None:
    day = date(2026, 3, 6)

    def at(text: str) -> datetime:
        return stated(within=text).due_at(ZONE, day).astimezone(ZONE.zone)

    assert at("3 days") == datetime(2026, 3, 10, tzinfo=ZONE.zone)
    assert at("1 working day") == datetime(2026, 3, 10, tzinfo=ZONE.zone)
    assert at("5 hours") == datetime(2026, 3, 7, 5, tzinfo=ZONE.zone)


def test_a_day_of_the_form_may_be_met_before_it_comes() -> None:
    created = datetime(2026, 3, 1, tzinfo=UTC)
    sent = datetime(2026, 3, 2, tzinfo=UTC)
    past = Past(created, (sent,), days={"on": date(2026, 3, 9)})
    (span,) = spans(stated("on", "submit"), past)
    assert (span.began, span.stopped_at) == (date(2026, 3, 9), sent)
    assert spans(stated("on"), Past(created)) == []


INSTANTS = st.integers(1, 500).map(lambda n: MONDAY + timedelta(hours=n))


@given(
    submits=st.lists(INSTANTS, max_size=4, unique=True),
    left=st.lists(INSTANTS, max_size=4, unique=True),
    approved=st.none() | INSTANTS,
    ended=st.none() | INSTANTS,
    over=st.none() | INSTANTS,
    start=st.sampled_from(["created", "submit", "approve", "end", "file"]),
    until=st.sampled_from(["submit", "approve", "end", "file"]),
)
def test_a_clock_never_stops_before_it_began(
    submits: list[datetime],
    left: list[datetime],
    approved: datetime | None,
    ended: datetime | None,
    over: datetime | None,
    start: str,
    until: str,
) -> None:
    """Except by the end of the record, which is over for whatever would begin behind it."""
    past = Past(
        MONDAY,
        tuple(sorted(submits)),
        tuple(sorted(left)),
        approved,
        ended,
        over,
        {"file": MONDAY + timedelta(hours=100)},
    )
    found = spans(stated(start, until), past)
    assert [span.turn for span in found] == list(range(1, len(found) + 1))
    for span in found:
        if span.stopped_at is not None and span.stopped_at != over:
            assert span.stopped_at >= span.began
        if over is not None:
            assert span.stopped_at is not None
            assert span.stopped_at <= over
