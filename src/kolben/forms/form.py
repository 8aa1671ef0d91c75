"""The form that reads the request, and what WTForms has to know for it."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from markupsafe import Markup
from werkzeug.datastructures import CombinedMultiDict, ImmutableMultiDict
from wtforms import Form as BaseForm
from wtforms import ValidationError
from wtforms.csrf.core import CSRF
from wtforms.meta import DefaultMeta
from wtforms.widgets import HiddenInput

from kolben.globals import current_app, g, request
from kolben.stacks import _cv_request

from .tokens import BadToken, field_name, make_token, validate_token
from .translations import find_translations

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: The methods with which a form is submitted.
SUBMIT_METHODS = frozenset({"POST", "PUT", "PATCH", "DELETE"})

# Stands for: whatever the request brings.
_AUTO: Any = object()


class TokenField(CSRF):  # type: ignore[misc]  # WTForms is untyped
    """The hidden field of a form with its CSRF token."""

    def generate_csrf_token(self, csrf_token_field: Any) -> str:
        """Make the token that the field shows."""
        return make_token()

    def validate_csrf_token(self, form: Any, field: Any) -> None:
        """Check the token that came, unless the guard of the whole app has done so.

        Raises:
            ValidationError: It is not good; the message is translated.
        """
        if g.get("_token_is_good"):
            return
        try:
            validate_token(field.data)
        except BadToken as error:
            raise ValidationError(field.gettext(str(error))) from None


class FormMeta(DefaultMeta):  # type: ignore[misc]  # WTForms is untyped
    """How forms get their data, tokens and language; the ``Meta`` of a form may change it."""

    csrf_class = TokenField

    @cached_property
    def csrf(self) -> bool:
        """Whether the form has a token: the setting ``WTF_CSRF_ENABLED``, on by default."""
        return bool(current_app.config.get("WTF_CSRF_ENABLED", True))

    @cached_property
    def csrf_field_name(self) -> str:
        """The name of the token's field: ``WTF_CSRF_FIELD_NAME``."""
        return field_name()

    def wrap_formdata(self, form: Form, formdata: Any) -> Any:
        """Give the form what was submitted, unless it was given something else."""
        if formdata is not _AUTO:
            return super().wrap_formdata(form, formdata)
        return _submitted() if is_submitted() else None

    def get_translations(self, form: Form) -> Any:
        """Give the translations of the request's language, or of the ones the form names."""
        return find_translations(self.locales)


def is_submitted() -> bool:
    """Tell whether the request, if there is one, submits a form by its method."""
    context = _cv_request.get(None)
    return context is not None and context.request.method in SUBMIT_METHODS


def _submitted() -> Any:
    """Collect files, fields, or the items of a JSON object."""
    if request.files:
        return CombinedMultiDict((request.files, request.form))
    if request.form:
        return request.form
    if request.is_json:
        data = request.get_json()
        if isinstance(data, dict):
            return ImmutableMultiDict(data)
    return request.form


class Form(BaseForm):  # type: ignore[misc]  # WTForms is untyped
    """A form of WTForms that fills itself from the request and has a CSRF token.

    Args:
        formdata: What was submitted; by default what the request brings, if it submits something.
            None leaves the form empty.
        **kwargs: As for ``wtforms.Form``: ``obj``, ``data``, ``prefix``, ``meta``, and defaults by
            field.
    """

    Meta = FormMeta

    def __init__(self, formdata: Any = _AUTO, **kwargs: Any) -> None:
        super().__init__(formdata=formdata, **kwargs)

    def is_submitted(self) -> bool:
        """Tell whether the request submits a form: by POST, PUT, PATCH or DELETE."""
        return is_submitted()

    def validate_on_submit(
        self, extra_validators: Mapping[str, Sequence[Any]] | None = None
    ) -> bool:
        """Validate the form if it was submitted.

        Args:
            extra_validators: More validators, by field.

        Returns:
            Whether it was submitted and is valid; if not, ``errors`` says why.
        """
        return self.is_submitted() and bool(self.validate(extra_validators=extra_validators))

    def hidden_tag(self, *fields: Any) -> Markup:
        """Render the hidden fields, the CSRF token among them.

        Args:
            *fields: Fields, or their names, to render instead of all hidden ones; names that the
                form does not have are left out.

        Returns:
            Their HTML.
        """
        chosen: Iterable[Any] = (
            (self._fields.get(field) if isinstance(field, str) else field for field in fields)
            if fields
            else (field for field in self if isinstance(field.widget, HiddenInput))
        )
        return Markup("\n").join(Markup(field()) for field in chosen if field is not None)  # noqa: S704  # made by its widget
