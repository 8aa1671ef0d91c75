"""`kolben doctor`: what an app or an extension uses that is removed, private or overridden.

Sources are read (`scan.py`), never executed; an app that is loaded is also looked at as it is
(`living.py`). The rooms:

    findings.py   what is found, and what it costs
    rules.py      what to look for in sources
    scan.py       looking through one file
    calls.py      what a call or a function says by itself
    living.py     looking at a loaded app
    sources.py    which files an app or an extension has
    showing.py    as text, as JSON
"""
