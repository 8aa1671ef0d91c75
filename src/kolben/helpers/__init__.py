"""What a view calls: URLs, redirects, errors, responses, files, flashes, streams.

The functions that belong to an app (``url_for``, ``redirect``, ``abort``, ``make_response``) call
the app's method of that name, so that overriding the method is enough to change what they do.
"""

from __future__ import annotations

from .app_calls import abort as abort
from .app_calls import get_template_attribute as get_template_attribute
from .app_calls import make_response as make_response
from .app_calls import redirect as redirect
from .app_calls import url_for as url_for
from .files import _prepare_send_file_kwargs as _prepare_send_file_kwargs
from .files import send_file as send_file
from .files import send_from_directory as send_from_directory
from .flags import get_debug_flag as get_debug_flag
from .flags import get_load_dotenv as get_load_dotenv
from .flashing import flash as flash
from .flashing import get_flashed_messages as get_flashed_messages
from .names import _split_blueprint_path as _split_blueprint_path
from .names import get_root_path as get_root_path
from .streaming import stream_with_context as stream_with_context
