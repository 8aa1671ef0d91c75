"""`werkzeug.contrib`, which Werkzeug 1 dropped: what extensions and tutorials use of it.

cache.py          what `cachelib` has now
fixers.py         `ProxyFix` by its old arguments, and the headers of odd servers
securecookie.py   a dict in a signed cookie
atom.py           feeds
limiter.py        a limit to a body
"""
