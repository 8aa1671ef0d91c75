"""Names that Flask had and dropped, working again and saying what replaces them.

Extensions and tutorials of twelve years use them. Each family has a room; all they share is
`removed.py`. Nothing here is imported before somebody asks for a removed name.

    removed.py        a removed name: where it is now, what to write instead, the warning
    names.py          which names each module of Flask lost
    elsewhere.py      which names other libraries lost
    attributes.py     a removed attribute
    on_app.py … on_wrappers.py   what objects lost, by the room that their class is in
    coders.py         `json_encoder`, `json_decoder`
    compat.py, lookups.py    what Flask had for itself
    jws.py, jinja.py, python.py, werkzeug/   what other libraries had
"""
