"""`werkzeug.contrib.atom`: feeds in Atom (RFC 4287)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from markupsafe import escape
from werkzeug.wrappers import Response

__all__ = ["AtomFeed", "FeedEntry", "format_iso8601"]

Links = Iterable[dict[str, Any]]


def format_iso8601(obj: datetime) -> str:
    """Return a moment as Atom writes it (RFC 3339); without a zone it is UTC."""
    moment = obj.replace(tzinfo=UTC) if obj.tzinfo is None else obj
    return moment.isoformat().replace("+00:00", "Z")


def _element(name: str, value: Any, **attributes: Any) -> str:
    shown = "".join(f' {key}="{escape(each)}"' for key, each in attributes.items() if each)
    return f"<{name}{shown} />" if value is None else f"<{name}{shown}>{escape(value)}</{name}>"


def _text(name: str, content: Any, content_type: str | None) -> str:
    """Write a text, which may be plain, HTML, or XHTML."""
    if content_type == "xhtml":
        inside = f'<div xmlns="http://www.w3.org/1999/xhtml">{content}</div>'
        return f'<{name} type="xhtml">{inside}</{name}>'
    return _element(name, content, type=content_type if content_type != "text" else None)


def _people(name: str, people: Any) -> Iterator[str]:
    """Write authors: a name, a dict, or several of them."""
    several = people if isinstance(people, list | tuple) else [people] if people else []
    for person in several:
        known = person if isinstance(person, dict) else {"name": person}
        parts = [_element(key, known[key]) for key in ("name", "uri", "email") if known.get(key)]
        yield f"<{name}>{''.join(parts)}</{name}>"


class FeedEntry:
    """An entry of a feed.

    Args:
        title: Its title.
        content: Its content.
        feed_url: The feed's URL.
        **kwargs: `id`, `url`, `updated`, `published`, `author`, `summary`, `rights`, `links`,
            `categories`, `xml_base`, and `title_type`, `content_type`, `summary_type` (`text`,
            `html` or `xhtml`).

    Raises:
        ValueError: It has no title, no id or URL, or no time of its last change.
    """

    def __init__(
        self, title: Any = None, content: Any = None, feed_url: str | None = None, **kwargs: Any
    ) -> None:
        self.title = title
        self.title_type = kwargs.get("title_type", "text")
        self.content = content
        self.content_type = kwargs.get("content_type", "html")
        self.url: str | None = kwargs.get("url")
        self.id: str | None = kwargs.get("id") or feed_url or self.url
        self.updated: datetime | None = kwargs.get("updated")
        self.summary = kwargs.get("summary")
        self.summary_type = kwargs.get("summary_type", "html")
        self.author = kwargs.get("author")
        self.published: datetime | None = kwargs.get("published")
        self.rights = kwargs.get("rights")
        self.links: Links = kwargs.get("links") or []
        self.categories: Links = kwargs.get("categories") or []
        self.xml_base: str | None = kwargs.get("xml_base") or feed_url
        for name in ("title", "id", "updated"):
            if not getattr(self, name):
                raise ValueError(f"{name} is required for an entry of a feed")

    def generate(self) -> Iterator[str]:
        """Yield the entry's XML by lines."""
        assert self.updated is not None, "checked when it was made"
        base = f' xml:base="{escape(self.xml_base)}"' if self.xml_base else ""
        yield f"<entry{base}>\n"
        yield f"  {_text('title', self.title, self.title_type)}\n"
        yield f"  {_element('id', self.id)}\n"
        yield f"  {_element('updated', format_iso8601(self.updated))}\n"
        if self.published:
            yield f"  {_element('published', format_iso8601(self.published))}\n"
        if self.url:
            yield f"  {_element('link', None, href=self.url)}\n"
        yield from (f"  {person}\n" for person in _people("author", self.author))
        yield from (f"  {_element('link', None, **link)}\n" for link in self.links)
        yield from (f"  {_element('category', None, **each)}\n" for each in self.categories)
        if self.summary:
            yield f"  {_text('summary', self.summary, self.summary_type)}\n"
        if self.content:
            yield f"  {_text('content', self.content, self.content_type)}\n"
        yield "</entry>\n"

    def to_string(self) -> str:
        """Return the entry's XML."""
        return "".join(self.generate())

    __str__ = to_string


class AtomFeed:
    """A feed.

    Args:
        title: Its title.
        entries: Its entries, or their arguments as dicts.
        **kwargs: `id`, `url`, `feed_url`, `updated`, `author`, `subtitle`, `icon`, `logo`,
            `rights`, `links`, and `title_type`, `subtitle_type` (`text`, `html` or `xhtml`).

    Raises:
        ValueError: It has no title, or no id or URL.
    """

    default_generator = ("Werkzeug", None, None)

    def __init__(
        self, title: Any = None, entries: Iterable[Any] | None = None, **kwargs: Any
    ) -> None:
        self.title = title
        self.title_type = kwargs.get("title_type", "text")
        self.url: str | None = kwargs.get("url")
        self.feed_url: str | None = kwargs.get("feed_url") or self.url
        self.id: str | None = kwargs.get("id") or self.feed_url
        self.updated: datetime | None = kwargs.get("updated")
        self.author = kwargs.get("author")
        self.icon = kwargs.get("icon")
        self.logo = kwargs.get("logo")
        self.rights = kwargs.get("rights")
        self.subtitle = kwargs.get("subtitle")
        self.subtitle_type = kwargs.get("subtitle_type", "text")
        self.links: Links = kwargs.get("links") or []
        self.generator = kwargs.get("generator") or self.default_generator
        for name in ("title", "id"):
            if not getattr(self, name):
                raise ValueError(f"{name} is required for a feed")
        self.entries: list[FeedEntry] = []
        for entry in entries or ():
            self.entries.append(FeedEntry(**entry) if isinstance(entry, dict) else entry)

    def add(self, *args: Any, **kwargs: Any) -> None:
        """Add an entry, or the entry of these arguments."""
        if len(args) == 1 and not kwargs and isinstance(args[0], FeedEntry):
            self.entries.append(args[0])
        else:
            kwargs.setdefault("feed_url", self.feed_url)
            self.entries.append(FeedEntry(*args, **kwargs))

    def generate(self) -> Iterator[str]:
        """Yield the feed's XML by lines."""
        changes = [entry.updated for entry in self.entries if entry.updated]
        updated = self.updated or max(changes, default=None) or datetime.now(UTC)
        yield '<?xml version="1.0" encoding="utf-8"?>\n'
        yield '<feed xmlns="http://www.w3.org/2005/Atom">\n'
        yield f"  {_text('title', self.title, self.title_type)}\n"
        yield f"  {_element('id', self.id)}\n"
        yield f"  {_element('updated', format_iso8601(updated))}\n"
        if self.url:
            yield f"  {_element('link', None, href=self.url)}\n"
        if self.feed_url:
            yield f"  {_element('link', None, href=self.feed_url, rel='self')}\n"
        yield from (f"  {_element('link', None, **link)}\n" for link in self.links)
        yield from (f"  {person}\n" for person in _people("author", self.author))
        if self.subtitle:
            yield f"  {_text('subtitle', self.subtitle, self.subtitle_type)}\n"
        for name in ("icon", "logo", "rights"):
            if value := getattr(self, name):
                yield f"  {_element(name, value)}\n"
        generator, url, version = self.generator
        yield f"  {_element('generator', generator, uri=url, version=version)}\n"
        for entry in self.entries:
            yield from entry.generate()
        yield "</feed>\n"

    def to_string(self) -> str:
        """Return the feed's XML."""
        return "".join(self.generate())

    __str__ = to_string

    def get_response(self) -> Response:
        """Return the feed as a response."""
        return Response(self.to_string(), mimetype="application/atom+xml")

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer a WSGI request with the feed."""
        return self.get_response()(environ, start_response)
