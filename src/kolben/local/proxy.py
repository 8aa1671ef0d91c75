"""The proxy: an object that stands for another one, looked up at each use.

Theory of operation: a proxy keeps its source and a *resolver*, a function that finds the object
now. Operators are forwarded one by one (:mod:`kolben.local.forwarding`); attributes all go through
``__getattribute__`` to the object, save the few names that are the proxy's own.

``request.method`` is on every line of every view, so a proxy for a ``ContextVar`` becomes, when it
is made, an instance of a small subclass whose ``__getattribute__`` reads the variable itself: since
3.12 the interpreter runs such a function inline. When the variable holds nothing it hands over to
the general way, which knows what an unbound proxy says. A proxy for anything else (a function may
make a new one each time it runs) costs no class.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from contextvars import ContextVar
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, Generic, TypeVar
from weakref import WeakValueDictionary

from .forwarding import Forwarding, Resolver, resolver_of

if TYPE_CHECKING:
    from .storage import Local, LocalStack

T = TypeVar("T")

_own = object.__getattribute__

# What a proxy answers for itself while nothing is bound; any other name raises RuntimeError.
# `__wrapped__`, for those who unwrap whatever they meet in a module, is the source.
_KNOWN_UNBOUND = {
    name: name for name in ("__bool__", "__class__", "__dir__", "__doc__", "__module__", "__repr__")
} | {"__wrapped__": "_source"}


class LocalProxy(Forwarding, Generic[T]):
    """A proxy: a LocalProxy stands for an object that is looked up at each use.

    All operators and attributes are those of the object, ``__class__`` included, so that
    ``isinstance(proxy, Class)`` sees through; ``issubclass(type(proxy), LocalProxy)`` finds
    proxies. While nothing is bound, using it raises ``RuntimeError``; but ``bool()`` is ``False``,
    ``dir()`` is empty, and ``repr()`` says "unbound". An in-place operator updates the object and
    gives the proxy.

    ``_get_current_object()`` gives the object itself: for an ``is`` test, for another thread, to
    pickle.

    Args:
        local: Where to look: a ``Local`` (with ``name``), a ``LocalStack`` (its top), a
            ``ContextVar`` (its value), or a function (what it returns; a ``RuntimeError`` from it
            means unbound).
        name: Stand for this attribute of what is found there; dots reach deeper.
        unbound_message: What the ``RuntimeError`` says.

    Raises:
        TypeError: ``local`` is none of these, or a ``Local`` without a name.

    Differs from Werkzeug: a proxy for a ``ContextVar`` is an instance of a subclass; with a
    ``name``, a ``ContextVar`` that holds ``None`` counts as unbound; ``hasattr(proxy, "__iter__")``
    tells the truth about the object; ``pow()`` takes a modulus.
    """

    __slots__ = ()
    _get_current_object: Callable[[], T]

    def __init__(
        self,
        local: ContextVar[T] | Local | LocalStack[T] | Callable[[], T],
        name: str | None = None,
        *,
        unbound_message: str | None = None,
    ) -> None:
        keep = object.__setattr__
        keep(self, "_get_current_object", _resolver(local, name, unbound_message))
        keep(self, "_source", local)
        variable = (
            local if type(local) is ContextVar else getattr(local, "__proxy_variable__", None)
        )
        if type(self) is LocalProxy and variable is not None and "." not in (name or ""):
            keep(self, "__class__", _variable_proxy_class(variable, name))

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Let the names that a subclass defines win over those of the object."""
        super().__init_subclass__(**kwargs)
        if cls.__getattribute__ is LocalProxy.__getattribute__:
            cls.__getattribute__ = _subclass_attribute  # type: ignore[method-assign]  # per class

    def __getattribute__(self, name: str) -> Any:
        if name in {"_get_current_object", "__reduce_ex__", "__deepcopy__"}:
            return _own(self, name)
        try:
            target = resolver_of(self)()
        except RuntimeError:
            if name in _KNOWN_UNBOUND:
                return _own(self, _KNOWN_UNBOUND[name])
            raise
        return getattr(target, name)


def _subclass_attribute(self: LocalProxy[Any], name: str) -> Any:
    """Read an attribute through a user's subclass: its own names first, then the object's."""
    for cls in type(self).__mro__:
        if name in cls.__dict__ and cls not in LocalProxy.__mro__:
            return _own(self, name)
    try:
        return _own(self, "__dict__")[name]
    except (AttributeError, KeyError):  # a subclass with __slots__, or just not there
        return LocalProxy.__getattribute__(self, name)


class Source:
    """A place where proxies look: what ``Local`` and ``LocalStack`` are to a proxy.

    ``__proxy_variable__`` may be a ``ContextVar`` that is asked first, and the resolver only while
    it holds nothing.
    """

    __slots__ = ()

    __proxy_variable__: ContextVar[Any] | None = None

    def __proxy_resolver__(self, name: str | None, message: str | None) -> Resolver:
        """Make the function that finds a proxy's object here.

        Args:
            name: The attribute that the proxy stands for, if any.
            message: What the ``RuntimeError`` says when nothing is bound, if the proxy has a say.

        Returns:
            The resolver.
        """
        raise NotImplementedError


def unbound(message: str | None, why: str) -> RuntimeError:
    """Make the error that says that a proxy has nothing to stand for.

    Args:
        message: The proxy's own message, if it was given one.
        why: What is missing, in case it was not.

    Returns:
        The error, to be raised.
    """
    return RuntimeError(message or f"object is not bound: {why} in the current context")


def _resolver(source: Any, name: str | None, message: str | None) -> Resolver:
    """Choose how a proxy finds its object; raise ``TypeError`` if there is no way."""
    if isinstance(source, Source):
        return source.__proxy_resolver__(name, message)
    if isinstance(source, ContextVar):
        return _resolve_variable(source, name, message)
    if callable(source):
        return _resolve_callable(source, name)
    raise TypeError(
        f"can't make a proxy for {source!r} ({type(source).__name__}); give a Local with a name,"
        " a LocalStack, a ContextVar, or a function that returns the object"
    )


def _resolve_variable(var: ContextVar[Any], name: str | None, message: str | None) -> Resolver:
    read = operator.attrgetter(name) if name else None

    def current() -> Any:
        try:
            value = var.get()
        except LookupError:
            raise unbound(message, f"the ContextVar {var.name!r} is not set") from None
        if read is None:
            return value
        if value is None:
            raise unbound(message, f"the ContextVar {var.name!r} holds None")
        return read(value)

    return current


def _resolve_callable(function: Callable[[], Any], name: str | None) -> Resolver:
    if not name:
        return function
    read = operator.attrgetter(name)
    return lambda: read(function())


# Weak, so that a class lasts as long as its proxies: they may be made and dropped without end.
_variable_proxy_classes: WeakValueDictionary[tuple[ContextVar[Any], str | None], type] = (
    WeakValueDictionary()
)


def _variable_proxy_class(var: ContextVar[Any], name: str | None) -> type:
    """Give the class of proxies for a variable's value, or for one of its attributes."""
    cls = _variable_proxy_classes.get((var, name))
    if cls is None:
        members = {
            "__slots__": (),
            "__doc__": LocalProxy.__doc__,
            "__module__": LocalProxy.__module__,
            "__getattribute__": _attribute_reader(var, name),
            "__setattr__": _attribute_writer(var, name),
        }
        cls = type(LocalProxy.__name__, (LocalProxy,), members)
        _variable_proxy_classes[var, name] = cls
    return cls


# Exactly two arguments, and no __getattr__ anywhere in the class, or the interpreter doesn't run
# these functions inline. An error is the object's own if the variable holds something; asking that
# only afterwards makes it free.


def _value_reader(var: ContextVar[Any]) -> Callable[[LocalProxy[Any], str], Any]:
    get = var.get

    def attribute(self: LocalProxy[Any], name: str) -> Any:
        if name in {"_get_current_object", "__reduce_ex__", "__deepcopy__"}:
            return _own(self, name)
        try:
            return getattr(get(), name)
        except (LookupError, AttributeError):
            if get(None) is not None:
                raise
            return LocalProxy.__getattribute__(self, name)

    return attribute


def _member_reader(var: ContextVar[Any]) -> Callable[[LocalProxy[Any], str], Any]:
    get = var.get

    def attribute(self: LocalProxy[Any], name: str) -> Any:
        if name in {"_get_current_object", "__reduce_ex__", "__deepcopy__"}:
            return _own(self, name)
        try:
            return getattr(get().MEMBER, name)
        except (LookupError, AttributeError):
            if get(None) is not None:
                raise
            return LocalProxy.__getattribute__(self, name)

    return attribute


def _attribute_writer(
    var: ContextVar[Any], member: str | None
) -> Callable[[LocalProxy[Any], str, Any], None]:
    """Make the ``__setattr__`` of such proxies."""
    get, read = var.get, operator.attrgetter(member) if member else None

    def set_attribute(self: LocalProxy[Any], name: str, value: Any) -> None:
        target = get(None)
        if target is None or name == "__orig_class__":
            Forwarding.__setattr__(self, name, value)
        else:  # PERF bench blueprint: g.x = y, 0.2 µs less than through the resolver
            setattr(target if read is None else read(target), name, value)

    return set_attribute


def _with_member(code: CodeType, member: str) -> CodeType:
    """Copy compiled code, and the functions in it, with another name in the place of MEMBER."""
    return code.replace(
        co_names=tuple(member if name == "MEMBER" else name for name in code.co_names),
        co_consts=tuple(
            _with_member(const, member) if isinstance(const, CodeType) else const
            for const in code.co_consts
        ),
    )


def _attribute_reader(
    var: ContextVar[Any], member: str | None
) -> Callable[[LocalProxy[Any], str], Any]:
    """Make the ``__getattribute__`` of proxies for a variable's value, or for a member of it."""
    if not member:
        return _value_reader(var)
    # PERF bench proxies/request.x: 108 → 85 ns against getattr(get(), member). The maker is copied,
    # not what it makes: only a function that a def has made is run inline.
    maker = FunctionType(_with_member(_member_reader.__code__, member), globals())
    reader: Callable[[LocalProxy[Any], str], Any] = maker(var)
    return reader
