"""Class-based views: a class whose instances answer requests."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, ClassVar, cast

from .loops import serving_here
from .stacks import _cv_app, _cv_request
from .waiting import inline, is_async

if TYPE_CHECKING:
    from .app import Kolben
    from .typing import ResponseReturnValue, RouteCallable

http_method_funcs = frozenset({"get", "post", "head", "options", "delete", "put", "trace", "patch"})
"""The methods of a `MethodView` that answer the HTTP method of the same name (RFC 9110, 9)."""


class View:
    """A view that is a class: override `dispatch_request`, register what `as_view` returns.

    For example::

    class Hello(View):
        def dispatch_request(self, name):
            return f"Hello, {name}!"

    app.add_url_rule("/hello/<name>", view_func=Hello.as_view("hello"))
    """

    methods: ClassVar[Collection[str] | None] = None
    """The HTTP methods that the view answers; those of ``app.route`` by default."""

    provide_automatic_options: ClassVar[bool | None] = None
    """Whether OPTIONS is answered for the view; as ``app.route`` does by default."""

    decorators: ClassVar[list[Callable[..., Any]]] = []
    """Applied to the view function one after the other, the first one innermost."""

    init_every_request: ClassVar[bool] = True
    """Whether each request has an instance of its own. One for all is quicker, but then ``self`` is
    no place for what belongs to a request."""

    def dispatch_request(self) -> ResponseReturnValue:
        """Answer the request; gets the URL's variables as keywords.

        Returns:
            What any view may return.

        Raises:
            NotImplementedError: The subclass has no such method.
        """
        raise NotImplementedError(
            f"view class {type(self).__name__!r} needs a method 'dispatch_request'"
        )

    @classmethod
    def as_view(cls, name: str, *class_args: Any, **class_kwargs: Any) -> RouteCallable:
        """Make a view function of the class.

        Args:
            name: The function's name, and so the endpoint.
            *class_args: For the class, when an instance is made.
            **class_kwargs: The same, by name.

        Returns:
            A function with the attributes ``view_class`` (which may be replaced), ``methods`` and
            ``provide_automatic_options``. It calls an async method through ``app.ensure_sync``, so
            a decorator around it sees the answer, never something to await.
        """
        made: Any
        if cls.init_every_request:

            def view(**kwargs: Any) -> Any:
                # Looked up at each call, so that `view.view_class = Other` works.
                instance = made.view_class(*class_args, **class_kwargs)
                return _answer(instance.dispatch_request, kwargs)

        else:
            shared = cls(*class_args, **class_kwargs)

            def view(**kwargs: Any) -> Any:
                return _answer(shared.dispatch_request, kwargs)

        if cls._is_async():
            inline(view)
        view.__name__ = name
        view.__module__ = cls.__module__
        made = view
        for decorator in cls.decorators:
            made = decorator(made)
        made.view_class = cls
        made.__name__ = name
        made.__doc__ = cls.__doc__
        made.__module__ = cls.__module__
        made.methods = cls.methods
        made.provide_automatic_options = cls.provide_automatic_options
        return cast("RouteCallable", made)

    @classmethod
    def _is_async(cls) -> bool:
        """Tell whether all code of the view is async, so that it never leaves an event loop."""
        return is_async(cls.dispatch_request)


class MethodView(View):
    """A view whose methods ``get``, ``post`` and so on answer the HTTP methods of these names.

    For example::

        class Counter(MethodView):
            def get(self):
                return str(session.get("count", 0))

            def post(self):
                session["count"] = session.get("count", 0) + 1
                return redirect(url_for("counter"))

        app.add_url_rule("/counter", view_func=Counter.as_view("counter"))

    ``methods`` is what the class and its bases have; HEAD is answered by ``get`` if there is no
    ``head``.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Find out which HTTP methods the class answers, unless it says so itself."""
        super().__init_subclass__(**kwargs)
        if "methods" in vars(cls):
            return
        methods = {name.upper() for name in http_method_funcs if hasattr(cls, name)}
        for base in cls.__bases__:
            methods.update(getattr(base, "methods", None) or ())
        if methods:
            cls.methods = methods

    def dispatch_request(self, **kwargs: Any) -> ResponseReturnValue:
        """Answer the request with the method of its name.

        Args:
            **kwargs: The URL's variables.

        Returns:
            What the method returns.

        Raises:
            RuntimeError: There is no request.
            NotImplementedError: The class lists an HTTP method that it has no method for.

        Differs from Flask: where that fails an assertion, this is a NotImplementedError.
        """
        answer = self._method_for_request()
        return cast("ResponseReturnValue", _answer(answer, kwargs))

    @classmethod
    def _is_async(cls) -> bool:
        """Tell whether each method that answers is async."""
        if cls.dispatch_request is not MethodView.dispatch_request:
            return super()._is_async()
        found = [getattr(cls, name) for name in http_method_funcs if hasattr(cls, name)]
        return bool(found) and all(map(is_async, found))

    def _method_for_request(self) -> Callable[..., Any]:
        """Find the method for the current request."""
        context = _cv_request.get(None)
        if context is None:
            raise RuntimeError(
                "Working outside of request context. A MethodView looks at the request's method;"
                " call it inside `with app.test_request_context(method=...):`."
            )
        method = context.request.method
        found = getattr(self, method.lower(), None)
        if found is None and method == "HEAD":
            found = getattr(self, "get", None)
        if found is None:
            raise NotImplementedError(
                f"Unimplemented method {method!r}: view class {type(self).__name__!r} is registered"
                f" for it, but has no method {method.lower()!r}"
            )
        return cast("Callable[..., Any]", found)


def _answer(function: Callable[..., Any], kwargs: dict[str, Any]) -> Any:
    """Call a method of a view; on an event loop its caller awaits what it gives."""
    if serving_here() is not None:
        return function(**kwargs)
    return _current_app().ensure_sync(function)(**kwargs)


def _current_app() -> Kolben:
    """Give the app whose context is on top."""
    context = _cv_app.get(None)
    if context is None:
        raise RuntimeError(
            "Working outside of application context. A class-based view runs in one of an app;"
            " call it inside `with app.app_context():`."
        )
    return context.app
