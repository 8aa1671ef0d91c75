"""The modules `werkzeug.wrappers.base_request` and `base_response`."""

from __future__ import annotations

from werkzeug.wrappers import Request as BaseRequest
from werkzeug.wrappers import Response as BaseResponse

__all__ = ["BaseRequest", "BaseResponse"]
