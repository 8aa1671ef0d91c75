"""Request and Response: Werkzeug's, with what every request needs made lean."""

from .hosts import check_host
from .request import Request
from .response import Response

__all__ = ["Request", "Response", "check_host"]
