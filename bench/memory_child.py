"""Look at the memory of one framework; prints JSON. Run by `bench.memory` in a fresh process."""

import gc
import json
import logging
import resource
import sys
import threading
import tracemalloc
from collections.abc import Callable
from importlib import import_module
from typing import Any

from bench.wsgi import Asked, Environ, WSGIApp, driver, raw

KITS = {"Kolben": ("kolben", "Kolben"), "Flask": ("flask", "Flask")}
APPS = 20
IN_FLIGHT = 50
REQUESTS = 10_000
WARM = 300


def measure(peer: str) -> dict[str, float]:
    """Measure everything about one framework."""
    name, class_name = KITS[peer]
    kit = import_module(name)
    app_class = getattr(kit, class_name)
    logging.disable(logging.CRITICAL)
    failing = make_app(kit, app_class, wait=lambda: None)
    left_good = left_by(failing, "/")
    left_failing = left_by(failing, "/fail")
    before = resident()
    left_by(failing, "/")
    left_by(failing, "/fail")
    after = resident()
    return {
        "idle": idle(kit, app_class),
        "in_flight": in_flight(kit, app_class, "/wait"),
        "in_flight_used": in_flight(kit, app_class, "/use"),
        "left_good": left_good,
        "left_failing": left_failing,
        "resident": after - before,
    }


def make_app(kit: Any, app_class: Any, wait: Callable[[], object]) -> Any:
    """Build an app with a view that answers, one that fails and two that wait."""
    app = app_class("bench", static_folder=None)
    app.secret_key = "not a secret: this is a benchmark"

    @app.get("/")
    def hello():
        return kit.request.args.get("name", "Hello, World!")

    @app.get("/fail")
    def fail():
        raise ValueError("on purpose")

    @app.get("/wait")
    def wait_():
        wait()
        return "waited"

    @app.get("/use")
    def use():
        kit.g.seen = kit.request.headers["Host"]
        kit.session.get("name")
        wait()
        return "waited"

    return app


def idle(kit: Any, app_class: Any) -> float:
    """Return the bytes that an app holds that has answered one request."""

    def one() -> Any:
        app = make_app(kit, app_class, wait=lambda: None)
        driver(app)(Asked("/").environs()())
        return app

    one()
    gc.collect()
    tracemalloc.start()
    apps = [one() for _ in range(APPS)]
    gc.collect()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return held / len(apps)


def in_flight(kit: Any, app_class: Any, path: str) -> float:
    """Return the bytes that a request holds while its view waits, less what waiting holds."""

    def waiting_raw(wait: Callable[[], object]) -> WSGIApp:
        def app(environ: Environ, start_response: Callable[..., Any]) -> list[bytes]:
            wait()
            return raw(environ, start_response)

        return app

    held = held_in_flight(lambda wait: make_app(kit, app_class, wait), path)
    return held - held_in_flight(waiting_raw, path)


def held_in_flight(make: Callable[[Callable[[], object]], WSGIApp], path: str) -> float:
    """Return the bytes a request that are held while many requests wait, each in its thread."""
    gate = threading.Event()
    here = threading.Semaphore(0)

    def wait() -> None:
        here.release()
        gate.wait()

    app = make(wait)
    asked = Asked(path).environs()
    warm = threading.Thread(target=driver(app), args=(asked(),))
    warm.start()
    here.acquire()
    gate.set()
    warm.join()
    gate.clear()
    threads = [threading.Thread(target=driver(app), args=(asked(),)) for _ in range(IN_FLIGHT)]
    gc.collect()
    tracemalloc.start()
    for thread in threads:
        thread.start()
    for _ in threads:
        here.acquire()
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    gate.set()
    for thread in threads:
        thread.join()
    return held / IN_FLIGHT


def left_by(app: WSGIApp, path: str) -> int:
    """Return how many more objects there are after many requests, with the collector off."""
    drive, fresh = driver(app), Asked(path).environs()
    repeat(drive, fresh, WARM)
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        repeat(drive, fresh, REQUESTS)
        return max(0, len(gc.get_objects()) - before)
    finally:
        gc.enable()
        gc.collect()


def repeat(drive: Callable[[Environ], None], fresh: Callable[[], Environ], times: int) -> None:
    """Make the same request many times."""
    for _ in range(times):
        drive(fresh())


def resident() -> float:
    """Return the most memory that this process ever had resident, in KiB."""
    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1])))
