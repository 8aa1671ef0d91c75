"""Messages in Redis that no dying worker takes along.

Theory of operation. Kombu's transport takes a message off its list (``BRPOP``) and then, by another
command, notes it among those that are not acknowledged yet, from which it is put back some time
later if the worker dies. A worker that is killed between the two takes the message along, late
acknowledgement or not. Here both are one script, which Redis runs as a whole. A script can't wait,
so a worker without anything to do waits before it: by moving the last message of a list onto its
own place (``BLMOVE``), which changes nothing, but comes back when there is one.

`kolben.contrib.celery` uses this transport where the broker is Redis. It needs Redis 6.2, and works
beside workers and clients that use Kombu's own.
"""

from __future__ import annotations

from queue import Empty
from time import monotonic, time
from typing import Any

from kombu.transport import redis
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import loads

# KEYS: the index and the hash of unacknowledged messages, then the lists to take one from.
# ARGV: the time, then for each list whether its messages are to be acknowledged.
# What is noted is what Kombu's QoS.append notes, so its way of putting messages back finds it.
_TAKE = """
for i = 3, #KEYS do
  local message = redis.call('RPOP', KEYS[i])
  if message then
    if ARGV[i - 1] == '1' then
      local properties = cjson.decode(message)['properties']
      local info = properties['delivery_info']
      redis.call('ZADD', KEYS[1], ARGV[1], properties['delivery_tag'])
      redis.call('HSET', KEYS[2], properties['delivery_tag'], '[' .. message .. ','
        .. cjson.encode(info['exchange']) .. ',' .. cjson.encode(info['routing_key']) .. ']')
    end
    return {i - 2, message}
  end
end
return false
"""

# A waiting worker looks into all lists so many times while Kombu's would wait once: it waits for
# one list only, and there are several, one for each step of priority.
_LOOKS = 4


class Channel(redis.Channel):  # type: ignore[misc]  # Kombu is untyped
    """A channel that takes and notes a message at once."""

    _waits = False
    _asked: tuple[bool, list[str]] = (False, [])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._unacknowledged: set[str] = set()
        super().__init__(*args, **kwargs)

    def close(self) -> None:
        """Close the channel, and the connection that giving back what it had taken has opened."""
        super().close()
        self._disconnect_pools()

    def basic_consume(self, queue: str, no_ack: bool, *args: Any, **kwargs: Any) -> Any:
        """Consume from a queue, and remember whether its messages will be acknowledged.

        Args:
            queue: Its name.
            no_ack: Whether they won't be.
            *args: As Kombu passes them.
            **kwargs: As Kombu passes them.
        """
        if no_ack:
            self._unacknowledged.add(queue)
        else:
            self._unacknowledged.discard(queue)
        return super().basic_consume(queue, no_ack, *args, **kwargs)

    def _brpop_start(self, timeout: float | None = None) -> None:
        """Ask for the next message; Kombu calls this when it may take one.

        Args:
            timeout: How long to wait for one, in seconds.
        """
        queues = self._queue_cycle.consume(len(self.active_queues))
        if not queues:
            return
        taken_from = [queue for _ in self.priority_steps for queue in queues]
        lists = [self._q_for_pri(queue, step) for step in self.priority_steps for queue in queues]
        prefix = self.global_keyprefix or ""
        keys = [prefix + key for key in (self.unacked_index_key, self.unacked_key, *lists)]
        noted = ["0" if queue in self._unacknowledged else "1" for queue in taken_from]
        connection = self.client.connection
        self._in_poll, self._brpop_sent_at = connection, monotonic()
        self._asked = (self._waits, taken_from)
        commands = [("EVAL", _TAKE, len(keys), *keys, time(), *noted)]
        if self._waits:
            # An older Kombu has no such setting: it waits for a second.
            longest: float = timeout or getattr(self, "brpop_timeout", None) or 1
            wait = longest / _LOOKS
            commands.insert(0, ("BLMOVE", keys[2], keys[2], "RIGHT", "RIGHT", wait))
        connection.send_packed_command(connection.pack_commands(commands))

    def _brpop_read(self, **options: Any) -> bool:
        """Read the answer, and deliver the message; Kombu calls this when one has come.

        Raises:
            Empty: There is no message yet.
        """
        waited, taken_from = self._asked
        try:
            found = self._read_answer(waited, options)
        finally:
            self._in_poll = None
            flush = getattr(self, "_flush_brpop_reauth", None)
            if flush is not None:  # since Kombu 5.7: the connection is idle now
                flush()
        self._waits = not found
        if not found:
            raise Empty
        number, message = found
        queue = taken_from[number - 1]
        self._queue_cycle.rotate(queue)
        self.connection._deliver(loads(bytes_to_str(message)), queue)
        return True

    def _read_answer(self, waited: bool, options: dict[str, Any]) -> Any:
        """Read the answers of one question; a broken connection is closed, to be made anew."""
        client = self.client
        try:
            if waited:
                client.parse_response(client.connection, "BLMOVE", **options)
            return client.parse_response(client.connection, "EVAL", **options)
        except self.connection_errors:
            client.connection.disconnect()
            raise


class Transport(redis.Transport):  # type: ignore[misc]  # Kombu is untyped
    """Kombu's transport for Redis with the channel above."""

    Channel = Channel
