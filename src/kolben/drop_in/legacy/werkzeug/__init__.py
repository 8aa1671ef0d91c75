"""What Werkzeug had and dropped, in the rooms that its own modules had.

urls.py        quoting, query strings, `url_parse` and its `URL`, `Href`
wsgi.py        looking at the path of an environ, reading bodies by line
markup.py      `unescape`, `format_string`, the builder of HTML
calls.py       `bind_arguments`, `validate_arguments`
hashing.py     `safe_str_cmp`, `pbkdf2_hex`
rules.py       `parse_rule`
tracebacks.py  the debugger's `Traceback`, `Frame` and `Line`
mixins.py      the mixins that `Request` and `Response` were put together from
text.py        `werkzeug._compat`
contrib/       `werkzeug.contrib`
"""
