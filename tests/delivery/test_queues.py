"""The shares of connections that accounts have, and the order of deliveries."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mockserver.delivery.dispatcher import ConnectionShares, Delivery, DestinationQueue


def delivery(number: int, sequence: str) -> Delivery:
    return Delivery("anna", 1, number, sequence, 0, "http://shop.example", b"")


def taken(shares: ConnectionShares, user: str) -> int:
    """How many connections an account gets that wants as many as possible."""
    count = 0
    while shares.take(user):
        count += 1
    return count


def test_one_account_alone_gets_half() -> None:
    assert taken(ConnectionShares(128), "greedy") == 64


def test_each_further_account_gets_half_of_what_is_left() -> None:
    shares = ConnectionShares(128)
    assert [taken(shares, user) for user in "abcdefg"] == [64, 32, 16, 8, 4, 2, 1]


@given(st.lists(st.tuples(st.sampled_from("abcdefgh"), st.booleans()), max_size=300))
def test_an_account_without_a_connection_always_gets_one(steps: list[tuple[str, bool]]) -> None:
    shares, held = ConnectionShares(16), list[str]()
    for user, takes in steps:
        if takes and shares.take(user):
            held.append(user)
        elif not takes and user in held:
            held.remove(user)
            shares.give_back(user)
    assert len(held) < 16
    assert shares.take("newcomer")


def test_what_is_given_back_can_be_taken_again_and_leaves_nothing() -> None:
    shares = ConnectionShares(4)
    assert shares.take("a")
    assert shares.take("a")
    assert not shares.take("a")
    assert shares.is_beyond("a") is False
    shares.take("b")
    assert shares.is_beyond("a") is False
    shares.give_back("a")
    shares.give_back("a")
    shares.give_back("b")
    assert shares._taken == {}
    assert taken(shares, "c") == 2


def test_an_account_that_took_more_than_it_could_now_is_beyond_its_share() -> None:
    shares = ConnectionShares(8)
    assert taken(shares, "a") == 4
    assert taken(shares, "b") == 2
    assert shares.is_beyond("a")
    assert not shares.is_beyond("b")


def test_a_sequence_goes_out_one_after_the_other_and_others_pass_it() -> None:
    queue = DestinationQueue()
    for number, sequence in ((1, "t1"), (2, "t1"), (3, "t2")):
        queue.put(delivery(number, sequence), "http://shop.example")
    first, other = queue.take(), queue.take()
    assert first is not None
    assert other is not None
    assert [first[0].notification, other[0].notification] == [1, 3]
    assert queue.take() is None
    assert [queue.wants_connection] == [False]
    queue.end(first[0])
    assert [queue.wants_connection] == [True]
    second = queue.take()
    assert second is not None
    assert second[0].notification == 2
    queue.end(second[0])
    queue.end(other[0])
    assert queue._held_back == {}


def test_a_destination_that_answers_may_have_more_connections() -> None:
    queue = DestinationQueue()
    for number in range(100):
        queue.put(delivery(number, f"t{number}"), "http://shop.example")
    counts = []
    for is_answering in (False, True, False):
        queue.is_answering = is_answering
        while queue.wants_connection:
            queue.connections += 1
        while queue.has_too_many:
            queue.connections -= 1
        counts.append(queue.connections)
    assert counts == [4, 16, 4]
