"""Which names other libraries lost, where the thing is now, and what to write instead.

Extensions of Flask's younger years import them, so they run only if these are there too. A table is
keyed by the module that lost the names; what is now elsewhere under the same name is in `_MOVED`.
"""

from __future__ import annotations

from kolben.drop_in.legacy.removed import Removed

__all__ = ["NAMES", "ROOMS"]

_OURS = "kolben.drop_in.legacy"
_WERKZEUG = f"{_OURS}.werkzeug"

#: Module that lost the names → module that has them now → the names.
_MOVED: dict[str, dict[str, str]] = {
    "collections": {
        "collections.abc": (
            "Awaitable AsyncGenerator AsyncIterable AsyncIterator ByteString Callable Collection"
            " Container Coroutine Generator Hashable ItemsView Iterable Iterator KeysView Mapping"
            " MappingView MutableMapping MutableSequence MutableSet Reversible Sequence Set Sized"
            " ValuesView"
        ),
    },
    "itsdangerous": {"itsdangerous.encoding": "bytes_to_int int_to_bytes"},
    "jinja2": {"markupsafe": "Markup escape"},
    "jinja2.utils": {"markupsafe": "Markup escape"},
    # What `werkzeug` itself had until Werkzeug 1, beside what it has still.
    "werkzeug": {
        "werkzeug.datastructures": (
            "Accept Authorization CallbackDict CharsetAccept CombinedMultiDict ETags EnvironHeaders"
            " FileMultiDict FileStorage HeaderSet Headers ImmutableDict ImmutableList"
            " ImmutableMultiDict ImmutableOrderedMultiDict ImmutableTypeConversionDict"
            " LanguageAccept MIMEAccept MultiDict OrderedMultiDict RequestCacheControl"
            " ResponseCacheControl TypeConversionDict WWWAuthenticate"
        ),
        "werkzeug.debug": "DebuggedApplication",
        "werkzeug.exceptions": "Aborter abort",
        "werkzeug.formparser": "parse_form_data",
        "werkzeug.http": (
            "HTTP_STATUS_CODES dump_cookie dump_header dump_options_header generate_etag http_date"
            " is_entity_header is_hop_by_hop_header is_resource_modified parse_accept_header"
            " parse_cache_control_header parse_cookie parse_date parse_dict_header parse_etags"
            " parse_list_header parse_options_header parse_set_header quote_etag"
            " quote_header_value remove_entity_headers remove_hop_by_hop_headers unquote_etag"
            " unquote_header_value"
        ),
        "werkzeug.local": "Local LocalManager LocalProxy LocalStack release_local",
        "werkzeug.middleware.dispatcher": "DispatcherMiddleware",
        "werkzeug.middleware.shared_data": "SharedDataMiddleware",
        "werkzeug.security": "check_password_hash generate_password_hash",
        "werkzeug.test": "EnvironBuilder create_environ run_wsgi_app",
        "werkzeug.testapp": "test_app",
        "werkzeug.urls": "iri_to_uri uri_to_iri",
        "werkzeug.user_agent": "UserAgent",
        "werkzeug.utils": (
            "append_slash_redirect cached_property environ_property find_modules header_property"
            " import_string redirect secure_filename"
        ),
        "werkzeug.wsgi": (
            "ClosingIterator FileWrapper LimitedStream get_current_url get_host responder wrap_file"
        ),
    },
    "werkzeug.wsgi": {
        "werkzeug.middleware.dispatcher": "DispatcherMiddleware",
        "werkzeug.middleware.http_proxy": "ProxyMiddleware",
        "werkzeug.middleware.shared_data": "SharedDataMiddleware",
    },
}

#: Module that lost the names → room that has them → name → what to write instead.
_KEPT: dict[str, dict[str, dict[str, str]]] = {
    "inspect": {
        f"{_OURS}.python": {
            "ArgSpec": "inspect.FullArgSpec",
            "getargspec": "inspect.signature or inspect.getfullargspec",
        },
    },
    "itsdangerous": {
        f"{_OURS}.jws": {
            "JSONWebSignatureSerializer": "itsdangerous.URLSafeSerializer",
            "TimedJSONWebSignatureSerializer": "itsdangerous.URLSafeTimedSerializer",
        },
    },
    "jinja2.ext": {
        f"{_OURS}.jinja": {
            "AutoEscapeExtension": "nothing: it is built in",
            "WithExtension": "nothing: it is built in",
        },
    },
    "werkzeug.debug.tbtools": {
        f"{_WERKZEUG}.tracebacks": {
            "Frame": "traceback.FrameSummary",
            "Line": "traceback.FrameSummary",
            "Traceback": "werkzeug.debug.tbtools.DebugTraceback",
            "get_current_traceback": "werkzeug.debug.tbtools.DebugTraceback",
        },
    },
    "werkzeug._internal": {
        f"{_WERKZEUG}.text": {"_to_bytes": "str.encode", "_to_str": "bytes.decode"},
    },
    "werkzeug.http": {
        f"{_WERKZEUG}.headers": {
            "parse_authorization_header": "werkzeug.datastructures.Authorization.from_header",
            "parse_www_authenticate_header": "werkzeug.datastructures.WWWAuthenticate.from_header",
        },
    },
    "werkzeug.routing": {
        f"{_WERKZEUG}.rules": {"parse_rule": "the rule's own Rule.arguments"},
    },
    "werkzeug.security": {
        f"{_WERKZEUG}.hashing": {
            "pbkdf2_bin": "hashlib.pbkdf2_hmac",
            "pbkdf2_hex": "hashlib.pbkdf2_hmac",
            "safe_str_cmp": "hmac.compare_digest",
        },
    },
    "werkzeug.serving": {
        "werkzeug._reloader": {"run_with_reloader": "run_simple with use_reloader=True"},
    },
    "werkzeug.urls": {
        f"{_WERKZEUG}.parsed": {
            "URL": "urllib.parse.SplitResult",
            "url_parse": "urllib.parse.urlsplit",
        },
        f"{_WERKZEUG}.urls": {
            "Href": "flask.url_for or urllib.parse.urljoin",
            "url_decode": "urllib.parse.parse_qs",
            "url_decode_stream": "urllib.parse.parse_qs",
            "url_encode": "urllib.parse.urlencode",
            "url_encode_stream": "urllib.parse.urlencode",
            "url_fix": "urllib.parse.quote",
            "url_join": "urllib.parse.urljoin",
            "url_quote": "urllib.parse.quote",
            "url_quote_plus": "urllib.parse.quote_plus",
            "url_unparse": "urllib.parse.urlunsplit",
            "url_unquote": "urllib.parse.unquote",
            "url_unquote_plus": "urllib.parse.unquote_plus",
        },
    },
    "werkzeug.utils": {
        f"{_WERKZEUG}.calls": {
            "ArgumentValidationError": "inspect.Signature.bind",
            "bind_arguments": "inspect.Signature.bind",
            "validate_arguments": "inspect.Signature.bind",
        },
        f"{_WERKZEUG}.markup": {
            "HTMLBuilder": "markupsafe.Markup or a template",
            "format_string": "string.Template",
            "html": "markupsafe.Markup or a template",
            "invalidate_cached_property": "del on the attribute",
            "unescape": "html.unescape",
            "xhtml": "markupsafe.Markup or a template",
        },
    },
    "werkzeug.wsgi": {
        f"{_WERKZEUG}.wsgi": {
            "extract_path_info": "urllib.parse",
            "get_query_string": "request.query_string",
            "get_script_name": "request.root_path",
            "make_chunk_iter": "the stream's own read",
            "make_line_iter": "iteration over the stream",
            "peek_path_info": "request.path",
            "pop_path_info": "werkzeug.middleware.dispatcher",
        },
    },
}

#: Module that lost the name → name → `module:name` that does the same under another name.
_RENAMED: dict[str, dict[str, str]] = {
    "jinja2": {
        "contextfilter": "jinja2:pass_context",
        "contextfunction": "jinja2:pass_context",
        "environmentfilter": "jinja2:pass_environment",
        "environmentfunction": "jinja2:pass_environment",
        "evalcontextfilter": "jinja2:pass_eval_context",
        "evalcontextfunction": "jinja2:pass_eval_context",
    },
    "jinja2.filters": {
        "contextfilter": "jinja2:pass_context",
        "environmentfilter": "jinja2:pass_environment",
        "evalcontextfilter": "jinja2:pass_eval_context",
        "soft_unicode": "markupsafe:soft_str",
    },
    "jinja2.utils": {
        "contextfunction": "jinja2:pass_context",
        "environmentfunction": "jinja2:pass_environment",
        "evalcontextfunction": "jinja2:pass_eval_context",
        "soft_unicode": "markupsafe:soft_str",
    },
    "itsdangerous": {"constant_time_compare": "hmac:compare_digest"},
    "markupsafe": {"soft_unicode": "markupsafe:soft_str"},
    "werkzeug.http": {"cookie_date": "werkzeug.http:http_date"},
    "werkzeug.local": {"get_ident": "threading:get_ident"},
    "werkzeug.serving": {"BaseRequestHandler": "werkzeug.serving:WSGIRequestHandler"},
    "werkzeug.wrappers": {
        "BaseRequest": "werkzeug.wrappers:Request",
        "BaseResponse": "werkzeug.wrappers:Response",
    },
}

_EXTENSION_IS_BUILT_IN = "nothing: it is built in"
_MIXINS = [
    "AcceptMixin",
    "AuthorizationMixin",
    "CORSRequestMixin",
    "CORSResponseMixin",
    "CommonRequestDescriptorsMixin",
    "CommonResponseDescriptorsMixin",
    "DynamicCharsetRequestMixin",
    "DynamicCharsetResponseMixin",
    "ETagRequestMixin",
    "ETagResponseMixin",
    "JSONMixin",
    "JSONRequestMixin",
    "PlainRequest",
    "ResponseStreamMixin",
    "ReverseSlashBehaviorRequestMixin",
    "StreamOnlyMixin",
    "UserAgentMixin",
    "WWWAuthenticateMixin",
]


def _by_name() -> dict[str, dict[str, Removed]]:
    """Bring the tables into one: by module, then by name."""
    found: dict[str, dict[str, Removed]] = {}
    for module, sources in _MOVED.items():
        for source, names in sources.items():
            for name in names.split():
                new = f"{source}:{name}"
                found.setdefault(module, {})[name] = Removed(new, new.replace(":", "."))
    for module, rooms in _KEPT.items():
        for room, replacements in rooms.items():
            for name, instead in replacements.items():
                found.setdefault(module, {})[name] = Removed(f"{room}:{name}", instead)
    for module, renamed in _RENAMED.items():
        for name, new in renamed.items():
            found.setdefault(module, {})[name] = Removed(new, new.replace(":", "."))
    mixins = f"{_WERKZEUG}.mixins"
    found["werkzeug.utils"]["detect_utf_encoding"] = Removed(
        "json:detect_encoding", "json.detect_encoding"
    )
    for name in _MIXINS:
        removed = Removed(f"{mixins}:{name}", "werkzeug.wrappers, whose classes have it")
        found["werkzeug.wrappers"][name] = removed
    _add_top_level(found)
    return found


def _add_top_level(found: dict[str, dict[str, Removed]]) -> None:
    """Let `werkzeug` itself have what its modules had once and it passed on; and two oddities."""
    top = found["werkzeug"]
    for module in ("urls", "utils", "wrappers", "wsgi"):
        for name, removed in found[f"werkzeug.{module}"].items():
            top.setdefault(name, removed)
    top["cookie_date"] = found["werkzeug.http"]["cookie_date"]
    version = f"{_OURS}.versions:werkzeug"
    top["__version__"] = Removed(version, 'importlib.metadata.version("werkzeug")')
    extensions = found["jinja2.ext"]
    extensions["autoescape"] = Removed(f"{_OURS}.jinja:AutoEscapeExtension", _EXTENSION_IS_BUILT_IN)
    extensions["with_"] = Removed(f"{_OURS}.jinja:WithExtension", _EXTENSION_IS_BUILT_IN)


#: By module, then by name.
NAMES = _by_name()

_CONTRIB = f"{_WERKZEUG}.contrib"

#: Modules that are gone as a whole; a package has its modules here too.
ROOMS: dict[str, Removed] = {
    "itsdangerous.jws": Removed(f"{_OURS}.jws", "itsdangerous.URLSafeTimedSerializer"),
    "jinja2._compat": Removed(f"{_WERKZEUG}.text", "Python 3"),
    "werkzeug._compat": Removed(f"{_WERKZEUG}.text", "Python 3"),
    "werkzeug.contrib": Removed("", "what its modules say"),
    "werkzeug.contrib.atom": Removed(f"{_CONTRIB}.atom", "a package for feeds, such as feedgen"),
    "werkzeug.contrib.cache": Removed(f"{_CONTRIB}.cache", "cachelib"),
    "werkzeug.contrib.fixers": Removed(f"{_CONTRIB}.fixers", "werkzeug.middleware.proxy_fix"),
    "werkzeug.contrib.limiter": Removed(f"{_CONTRIB}.limiter", "MAX_CONTENT_LENGTH"),
    "werkzeug.contrib.lint": Removed("werkzeug.middleware.lint", "werkzeug.middleware.lint"),
    "werkzeug.contrib.profiler": Removed(
        "werkzeug.middleware.profiler", "werkzeug.middleware.profiler"
    ),
    "werkzeug.contrib.securecookie": Removed(
        f"{_CONTRIB}.securecookie", "itsdangerous or the session"
    ),
    "werkzeug.contrib.wrappers": Removed(f"{_WERKZEUG}.mixins", "werkzeug.wrappers"),
    "werkzeug.useragents": Removed("werkzeug.user_agent", "werkzeug.user_agent"),
    "werkzeug.wrappers.accept": Removed(f"{_WERKZEUG}.mixins", "werkzeug.wrappers"),
    "werkzeug.wrappers.auth": Removed(f"{_WERKZEUG}.mixins", "werkzeug.wrappers"),
    "werkzeug.wrappers.base_request": Removed(f"{_WERKZEUG}.bases", "werkzeug.wrappers"),
    "werkzeug.wrappers.base_response": Removed(f"{_WERKZEUG}.bases", "werkzeug.wrappers"),
    "werkzeug.wrappers.common_descriptors": Removed(f"{_WERKZEUG}.mixins", "werkzeug.wrappers"),
    "werkzeug.wrappers.cors": Removed(f"{_WERKZEUG}.mixins", "werkzeug.wrappers"),
    "werkzeug.wrappers.etag": Removed(f"{_WERKZEUG}.mixins", "werkzeug.wrappers"),
    "werkzeug.wrappers.json": Removed(f"{_WERKZEUG}.mixins", "werkzeug.wrappers"),
    "werkzeug.wrappers.user_agent": Removed(f"{_WERKZEUG}.mixins", "werkzeug.wrappers"),
}
