"""What Python runs when it starts: the drop-in, in each process of a run on Kolben.

Python imports a module of this name, if it finds one, before anything else. Tests that start
programs of their own (`flask db upgrade`) would otherwise be running the real Flask there.
"""

from kolben.drop_in import install

install()
