"""Run the released test suites of Flask, Werkzeug and their extensions on Kolben.

`python -m conformance NAME` fetches a release's source distribution with pip into a cache outside
the repository, unpacks it, makes a virtual environment for it, runs its tests in a process of its
own, and prints how many passed, failed and were skipped, and which failed. An extension's tests run
on the real Flask too, and what passes there has to pass on Kolben. The table of suites is
`suites.toml`; `--try NAME==VERSION` runs one that is not in it. The rooms:

    suites.py         the table, read and checked
    cache.py          where fetched things lie; fetching and unpacking
    environments.py   the virtual environments
    trial.py          a suite made of a release that is not in the table
    running.py        one run of one suite, on Kolben or on the real Flask
    verdict.py        what the runs of a suite say, as text and as pass or fail
    in_run/           pytest plugins inside the run: the one that notes each test's outcome, and one
                      for suites that were written for nose
    in_children/      what puts the drop-in into the processes that a test starts
"""
