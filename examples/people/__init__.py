"""People: a small directory of people, and a tour of what a Kolben app is made of.

Read the rooms in this order: `app` wires the parts together, `store` keeps people in
SQLite, `identity` says who is asking (`current_person`, a `LocalProxy` over a
`LocalStack`), `pages` and `door` are the two blueprints, `forms` checks what people type,
and `guard` refuses posts that another site has made.

Run it with ``python -m examples.people``.
"""

from examples.people.app import create_app

__all__ = ["create_app"]
