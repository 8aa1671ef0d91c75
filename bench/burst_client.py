"""The client of ``bench.burst``: a process of its own, which waits on all connections at once.

``python -m bench.burst_client PORT CASE`` prints ``{"p50": …, "p99": …}``: milliseconds from a
fast request's sending to the first byte of its answer. That byte has the time at which epoll told
of it, whatever else this process had to do then.
"""

import gc
import json
import select
import socket
import sys
from collections.abc import Iterable
from contextlib import closing
from statistics import quantiles
from time import perf_counter

REQUESTS = 1000
PATIENCE = 30
WARM_UP, MEASURED = 1.0, 2.0  # seconds of the steady state
SLOW, FAST = "/slow", "/"
HALF = REQUESTS // 2
ORDERS = {
    "slow first": [SLOW] * HALF + [FAST] * HALF,
    "slow last": [FAST] * HALF + [SLOW] * HALF,
    "mixed": [SLOW, FAST] * HALF,
}
NEW, STEADY = "new connections", "all the time"
CASES = (*ORDERS, NEW, STEADY)


class Client:
    """A thousand connections, and the requests that are under way on them.

    Args:
        port: The server's.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.poll = select.epoll()
        self.sockets: dict[int, socket.socket] = {}
        self.paths: dict[int, str] = {}
        self.sent: dict[int, float] = {}
        self.first: dict[int, float] = {}
        self.read: dict[int, bytes] = {}
        self.request = {
            path: f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
            for path in (SLOW, FAST)
        }

    def connect(self, number: int) -> list[int]:
        """Open connections, one after the other."""
        made = []
        for _ in range(number):
            opened = socket.create_connection(("127.0.0.1", self.port))
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.setblocking(False)
            self.sockets[opened.fileno()] = opened
            self.poll.register(opened, select.EPOLLIN)
            made.append(opened.fileno())
        return made

    def connect_and_send(self, paths: Iterable[str]) -> None:
        """Open a connection for each request, all at once; a request is sent on an open one."""
        for path in paths:
            opening = socket.socket()
            opening.setblocking(False)
            number = opening.fileno()
            self.sockets[number], self.paths[number] = opening, path
            self.sent[number] = perf_counter()
            opening.connect_ex(("127.0.0.1", self.port))
            self.poll.register(opening, select.EPOLLOUT)

    def send(self, number: int, path: str) -> None:
        """Make a request on an open connection."""
        self.paths[number] = path
        self.sent[number] = perf_counter()
        self.sockets[number].send(self.request[path])

    def answered(self) -> Iterable[tuple[int, float]]:
        """Wait; give the connections whose answers are whole, and the seconds each took."""
        events = self.poll.poll(PATIENCE)
        now = perf_counter()
        if not events:
            sys.exit(f"no answer for {PATIENCE} s")
        for number, event in events:
            if event & select.EPOLLOUT:
                self.sockets[number].send(self.request[self.paths[number]])
                self.poll.modify(number, select.EPOLLIN)
                continue
            piece = self.sockets[number].recv(65536)
            self.first.setdefault(number, now)
            so_far = self.read[number] = self.read.get(number, b"") + piece
            if not piece or not so_far.startswith(b"HTTP/1.1 200"):
                sys.exit(f"{self.paths[number]} is answered {so_far!r}")
            if so_far.endswith(b"Hello, World!"):
                del self.read[number]
                yield number, self.first.pop(number) - self.sent[number]

    def await_all(self) -> list[float]:
        """Wait for an answer to each request; return how long the fast ones took."""
        waiting = set(self.sent)
        fast = []
        while waiting:
            for number, seconds in self.answered():
                waiting.discard(number)
                if self.paths[number] == FAST:
                    fast.append(seconds)
        return fast

    def burst(self, paths: list[str]) -> list[float]:
        """Make all requests at once on connections that are open."""
        opened = self.connect(len(paths))
        for number in opened:  # the server has them all, and has warmed up
            self.send(number, FAST)
        self.await_all()
        for number, path in zip(opened, paths, strict=True):
            self.send(number, path)
        return self.await_all()

    def close(self) -> None:
        """Close all connections."""
        self.poll.close()
        for opened in self.sockets.values():
            opened.close()

    def keep_asking(self, paths: list[str]) -> list[float]:
        """Make the next request where one is answered, for a while."""
        for number, path in zip(self.connect(len(paths)), paths, strict=True):
            self.send(number, path)
        fast = []
        measured_from = perf_counter() + WARM_UP
        until = measured_from + MEASURED
        while (now := perf_counter()) < until:
            for number, seconds in self.answered():
                if self.paths[number] == FAST and now > measured_from:
                    fast.append(seconds)
                self.send(number, self.paths[number])
        return fast


def measure(port: int, case: str) -> dict[str, float]:
    """Measure one case."""
    with closing(Client(port)) as client:
        if case == STEADY:
            fast = client.keep_asking(ORDERS["mixed"])
        elif case == NEW:
            client.connect_and_send(ORDERS["mixed"])
            fast = client.await_all()
        else:
            fast = client.burst(ORDERS[case])
    hundredths = quantiles(fast, n=100)
    return {"p50": hundredths[49] * 1000, "p99": hundredths[98] * 1000}


if __name__ == "__main__":
    gc.disable()
    print(json.dumps(measure(int(sys.argv[1]), sys.argv[2])))
