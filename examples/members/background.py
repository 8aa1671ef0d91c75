"""Work that an answer does not wait for."""

from concurrent.futures import ThreadPoolExecutor

from flask import current_app

_THREADS = ThreadPoolExecutor(max_workers=2, thread_name_prefix="members-background")


def run_later(function, *arguments) -> None:
    """Call a function in an application context, after or beside the answer.

    What it raises is logged: nobody waits for it. Pass values, no objects of this request's
    database session.
    """
    app = current_app._get_current_object()
    if hasattr(app, "add_background_task"):  # Kolben's, which is waited for at the server's end
        app.add_background_task(function, *arguments)
    else:
        _THREADS.submit(_run, app, function, arguments)


def _run(app, function, arguments) -> None:
    with app.app_context():
        try:
            function(*arguments)
        except Exception:
            app.logger.exception("background task %s failed", function.__name__)
