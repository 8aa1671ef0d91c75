"""Real workers of Celery behind a real Redis and a real RabbitMQ: what they know and lose."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from secrets import token_hex

import pytest

pytest.importorskip("celery", reason="Celery is not installed")
import kombu

BROKERS = {
    "redis": os.environ.get("KOLBEN_TEST_REDIS_URL", "redis://127.0.0.1:6379/0"),
    "rabbitmq": os.environ.get("KOLBEN_TEST_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672//"),
}
TASKS = 200

# What a user would write, and a file in the place of a database: a line is written in one piece.
SHOP = """
import os, sys, time
from kolben import Kolben, current_app, g, request
from kolben.contrib.celery import make_celery

app = Kolben("shop")
app.config["CELERY"] = {
    "broker_url": os.environ["BROKER"],
    "broker_connection_timeout": 3,
    "broker_transport_options": {
        "global_keyprefix": os.environ["QUEUE"],
        "visibility_timeout": 1,
        "unacked_restore_interval": 1,
        "unacked_restore_throttle": 1,
    } if os.environ["BROKER"].startswith("redis") else {},
    "task_default_queue": os.environ["QUEUE"],
    "task_ignore_result": True,
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "worker_prefetch_multiplier": 4,
    "worker_enable_remote_control": False,
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "broker_connection_retry_on_startup": True,
}
celery = make_celery(app, carry={"locale": lambda: request.headers["Accept-Language"]})


def note(line):
    with open(os.environ["DONE"], "ab", buffering=0) as file:
        file.write(line.encode() + b"\\n")


@celery.task
def work(number):
    time.sleep(0.01)
    g.number = number


@app.teardown_appcontext
def ended(error):
    if "number" in g:
        note(f"{g.number} {current_app.name} {g.locale} {error}")


@app.post("/work")
def send():
    for number in range(int(request.form["count"])):
        work.delay(number)
    return "sent"


if __name__ == "__main__":
    data = {"count": sys.argv[1]}
    print(app.test_client().post("/work", data=data, headers={"Accept-Language": "zh"}).text)
"""


@pytest.fixture(params=BROKERS)
def broker(request):
    """A broker's URL; where there is none the test is skipped, in CI it fails."""
    url = BROKERS[request.param]
    connection = kombu.Connection(url, connect_timeout=3)
    try:
        connection.ensure_connection(max_retries=1, timeout=3)
    except Exception as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no broker at {url} (KOLBEN_TEST_REDIS_URL, KOLBEN_TEST_AMQP_URL): {error}")
    finally:
        connection.release()
    return url


@pytest.fixture
def queue(broker):
    """The name of a queue that is removed afterwards."""
    name = f"kolben-test-{token_hex(4)}"
    yield name
    if broker.startswith("redis"):
        redis = pytest.importorskip("redis")
        with redis.Redis.from_url(broker) as client:
            for key in client.scan_iter(f"{name}*"):
                client.delete(key)
    else:
        with kombu.Connection(broker) as connection:
            connection.default_channel.queue_delete(name)
            connection.default_channel.exchange_delete(name)


class Shop:
    """The app in a folder of its own, with a queue, and the workers that were started for it."""

    def __init__(self, folder: Path, broker: str, queue: str) -> None:
        self.folder = folder
        self.done = folder / "done.txt"
        self.done.touch()
        (folder / "shop.py").write_text(SHOP)
        self.environ = {**os.environ, "BROKER": broker, "QUEUE": queue, "DONE": str(self.done)}
        self.workers: list[subprocess.Popen[bytes]] = []

    def run(self, *arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environ, capture_output=True, check=True, timeout=60
        )
        return done.stdout.decode()

    def start_worker(self) -> subprocess.Popen[bytes]:
        """Start ``celery -A shop:celery worker`` with two processes, in a group of its own."""
        options = ["--concurrency=2", "--loglevel=WARNING", "--without-gossip", "--without-mingle"]
        with (self.folder / "worker.log").open("ab") as log:
            worker = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "shop:celery", "worker", *options],
                cwd=self.folder,
                env=self.environ,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self.workers.append(worker)
        return worker

    def kill(self, worker: subprocess.Popen[bytes]) -> None:
        """End a worker with its children in the middle of whatever they do."""
        if worker.poll() is None:
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait(30)

    def lines(self) -> list[str]:
        return self.done.read_text().splitlines()

    def wait_for(self, condition) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            if time.monotonic() > deadline:
                log = (self.folder / "worker.log").read_text()[-3000:]
                raise AssertionError(f"only {len(self.lines())} lines: {log}")
            time.sleep(0.05)


@pytest.fixture
def shop(tmp_path, broker, queue):
    shop = Shop(tmp_path, broker, queue)
    yield shop
    for worker in shop.workers:
        shop.kill(worker)


def test_of_200_tasks_none_is_lost_when_a_worker_is_killed(shop):
    assert shop.run("shop.py", str(TASKS)) == "sent\n"
    first = shop.start_worker()
    shop.wait_for(lambda: len(shop.lines()) >= TASKS // 4)
    shop.kill(first)
    assert len(shop.lines()) < TASKS  # it was in the middle
    shop.start_worker()
    shop.wait_for(lambda: len({line.split()[0] for line in shop.lines()}) == TASKS)
    # Each ran in the app's context, with what the request knew, and was torn down without an error.
    assert {line.partition(" ")[2] for line in shop.lines()} == {"shop zh None"}
