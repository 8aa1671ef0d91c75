"""kolben.typing: the names that annotations written for Flask use."""

from __future__ import annotations

import pytest

from kolben import typing as kt

FLASK_NAMES = [
    "AfterRequestCallable",
    "AppOrBlueprintKey",
    "BeforeFirstRequestCallable",
    "BeforeRequestCallable",
    "ErrorHandlerCallable",
    "HeaderValue",
    "HeadersValue",
    "ResponseClass",
    "ResponseReturnValue",
    "ResponseValue",
    "RouteCallable",
    "ShellContextProcessorCallable",
    "TeardownCallable",
    "TemplateContextProcessorCallable",
    "TemplateFilterCallable",
    "TemplateGlobalCallable",
    "TemplateTestCallable",
    "URLDefaultCallable",
    "URLValuePreprocessorCallable",
]


@pytest.mark.parametrize("name", FLASK_NAMES)
def test_every_name_of_flasks_typing_module_is_here(name: str) -> None:
    assert getattr(kt, name) is not None


def test_the_aliases_can_be_used_at_run_time() -> None:
    assert type(None) in (kt.ResponseReturnValue | None).__args__
    assert kt.AfterRequestCallable[str] is not None
