"""The awaitable twins of the test client's methods: ``await client.aget("/")``."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from .asgi import aside

if TYPE_CHECKING:
    from werkzeug.test import TestResponse


class AwaitableTwins:
    """What an async test calls, so that its event loop can go on meanwhile.

    Over ASGI the app runs on that loop, as on a server: what the test has made there (a database
    client, a lock, a task) the view may use. Over WSGI it runs in a thread. The whole response is
    read before a method returns. In an ``async with`` block the contexts of the last request are
    kept for the task that entered it; requests of other tasks (``asyncio.gather``) keep none.
    """

    _owner: asyncio.Task[Any] | None = None

    async def aopen(
        self, *args: Any, follow_redirects: bool = False, **kwargs: Any
    ) -> TestResponse:
        """Make a request with ``open``, which a subclass may have made its own.

        Args:
            *args: As for ``open``.
            follow_redirects: Whether to follow redirects.
            **kwargs: As for ``open``.

        Returns:
            The response, with its whole body.
        """
        client: Any = self
        kwargs.pop("buffered", None)
        keeps = self._owner in {None, asyncio.current_task()}
        with aside() as called:
            if keeps:
                client._forget_contexts()
            response = await asyncio.to_thread(
                client.open, *args, buffered=True, follow_redirects=follow_redirects, **kwargs
            )
            if keeps:
                client._enter_contexts(called.contexts)
        return response  # type: ignore[no-any-return]

    async def aget(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a GET request; arguments as for ``get``."""
        return await self.aopen(*args, method="GET", **kwargs)

    async def apost(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a POST request; arguments as for ``post``."""
        return await self.aopen(*args, method="POST", **kwargs)

    async def aput(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a PUT request; arguments as for ``put``."""
        return await self.aopen(*args, method="PUT", **kwargs)

    async def apatch(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a PATCH request; arguments as for ``patch``."""
        return await self.aopen(*args, method="PATCH", **kwargs)

    async def adelete(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a DELETE request; arguments as for ``delete``."""
        return await self.aopen(*args, method="DELETE", **kwargs)

    async def ahead(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make a HEAD request; arguments as for ``head``."""
        return await self.aopen(*args, method="HEAD", **kwargs)

    async def aoptions(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Make an OPTIONS request; arguments as for ``options``."""
        return await self.aopen(*args, method="OPTIONS", **kwargs)
