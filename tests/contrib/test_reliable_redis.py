"""kolben.contrib.reliable_redis against a real Redis: what a dying consumer leaves behind."""

from __future__ import annotations

import socket
import threading
import time

import pytest

kombu = pytest.importorskip("kombu", reason="Celery is not installed")
pytest.importorskip("redis", reason="redis is not installed")


@pytest.fixture
def connect(redis_url, redis_prefix):
    """Make connections with the transport, which are released afterwards."""
    made = []

    def connect():
        options = {"global_keyprefix": redis_prefix, "visibility_timeout": 0}
        connection = kombu.Connection(
            redis_url,
            transport="kolben.contrib.reliable_redis:Transport",
            transport_options=options,
        )
        made.append(connection)
        return connection

    yield connect
    for connection in made:
        connection.release()


def publish(connection, body, **options):
    with connection.Producer() as producer:
        producer.publish(body, routing_key="q", declare=[kombu.Queue("q")], **options)


def consume(connection, **options):
    """Start to consume; what comes is collected."""
    got = []
    consumer = connection.Consumer(
        kombu.Queue("q"), callbacks=[lambda body, message: got.append(message)], **options
    )
    consumer.consume()
    return got


def drain(connection, got, count=1):
    deadline = time.monotonic() + 20
    while len(got) < count and time.monotonic() < deadline:
        try:
            connection.drain_events(timeout=1)
        except TimeoutError:
            continue
    return [message.decode() for message in got]


def unacknowledged(client, prefix):
    return client.hlen(f"{prefix}unacked"), client.zcard(f"{prefix}unacked_index")


def test_a_message_is_noted_until_it_is_acknowledged(connect, redis_client, redis_prefix):
    connection = connect()
    publish(connection, {"number": 1})
    got = consume(connection)
    assert drain(connection, got) == [{"number": 1}]
    assert unacknowledged(redis_client, redis_prefix) == (1, 1)
    got[0].ack()
    assert unacknowledged(redis_client, redis_prefix) == (0, 0)


def test_a_message_that_was_taken_by_a_consumer_that_died_comes_again(
    connect, redis_client, redis_prefix
):
    dying = connect()
    publish(dying, {"empty": [], "text": "ä/\\"})
    consume(dying)
    channel = dying.default_channel
    dying.transport.cycle._register_BRPOP(channel)  # it has asked, and never reads the answer
    deadline = time.monotonic() + 10
    while redis_client.llen(f"{redis_prefix}q") and time.monotonic() < deadline:
        time.sleep(0.01)
    channel.client.connection.disconnect()
    channel._in_poll = None
    assert unacknowledged(redis_client, redis_prefix) == (1, 1)

    other = connect()
    got = consume(other)
    other.default_channel.qos.restore_visible(interval=1)
    assert drain(other, got) == [{"empty": [], "text": "ä/\\"}]
    assert got[0].delivery_info["redelivered"]
    got[0].ack()
    assert unacknowledged(redis_client, redis_prefix) == (0, 0)


def test_a_channel_that_gives_back_messages_leaves_no_connection_open(connect):
    connection = connect()
    publish(connection, {"number": 1})
    assert drain(connection, consume(connection)) == [{"number": 1}]
    channel = connection.default_channel
    connection.release()
    assert channel._pool is None


def test_what_needs_no_acknowledgement_is_not_noted(connect, redis_client, redis_prefix):
    connection = connect()
    publish(connection, 1)
    assert drain(connection, consume(connection, no_ack=True)) == [1]
    assert unacknowledged(redis_client, redis_prefix) == (0, 0)


def test_urgent_messages_come_first(connect):
    connection = connect()
    for number, priority in [(1, 9), (2, 0), (3, 3)]:
        publish(connection, number, priority=priority)
    assert drain(connection, consume(connection), 3) == [2, 3, 1]


@pytest.mark.parametrize("priority", [0, 9])
def test_a_waiting_consumer_is_woken(connect, priority):
    connection = connect()
    got = consume(connection)
    with pytest.raises((socket.timeout, TimeoutError)):
        connection.drain_events(timeout=0.1)
    sender = threading.Timer(0.2, publish, (connect(), "late"), {"priority": priority})
    sender.start()
    assert drain(connection, got) == ["late"]
    sender.join()


def test_kombus_own_transport_gets_along(connect, redis_url, redis_prefix):
    own = kombu.Connection(redis_url, transport_options={"global_keyprefix": redis_prefix})
    publish(own, "from kombu")
    own.release()
    connection = connect()
    assert drain(connection, consume(connection)) == ["from kombu"]
