"""Run the released test suites of Flask, Werkzeug and their extensions on Kolben.

`python -m conformance NAME` fetches a release's source distribution with pip into a cache outside
the repository, unpacks it, makes a virtual environment for it, runs its tests in a process of its
own, and prints how many passed, failed and were skipped, and which failed. The table of suites is
`suites.toml`; the rooms:

    suites.py         the table, read and checked
    cache.py          where fetched things lie; fetching and unpacking
    environments.py   the virtual environments
    running.py        one run of one suite, on Kolben or on the real Flask
    verdict.py        what the runs of a suite say, as text and as pass or fail
    in_run/           the pytest plugin that notes each test's outcome, inside the run
"""
