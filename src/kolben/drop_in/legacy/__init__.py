"""Names that Flask had and dropped, working again and saying what replaces them.

Extensions and tutorials of twelve years use them. Each family has a room; all they share is
`removed.py`. Nothing here is imported before somebody asks for a removed name.

    removed.py    a removed name: where it is now, what to write instead, the warning
    names.py      which names each module of Flask lost
    compat.py     the module `flask._compat`
"""
