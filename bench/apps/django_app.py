"""Django without any middleware, so leaner than it is used; hence no session."""

import json
from typing import Any

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import path, reverse

from bench.apps import FILLER_ROUTES

CASES = (
    "hello", "user/int", "query", "json echo", "form", "header", "cookie", "404", "redirect",
    "upload",
)  # fmt: skip


def upload(request):
    file = request.FILES["file"]
    return HttpResponse(f"{file.name} {len(file.read())} {request.POST['note']}")


def filler(_request, **_values):
    return HttpResponse("filler")


urlpatterns = [
    path("", lambda _request: HttpResponse("Hello, World!")),
    path(
        "user/<int:user_id>", lambda _request, user_id: JsonResponse({"id": user_id}), name="user"
    ),
    path("search", lambda request: HttpResponse(request.GET["q"])),
    path("echo", lambda request: JsonResponse(json.loads(request.body))),
    path("form", lambda request: HttpResponse(request.POST["name"])),
    path("header", lambda request: HttpResponse(request.headers["X-Token"])),
    path("cookie", lambda request: HttpResponse(request.COOKIES["name"])),
    path("go", lambda _request: HttpResponseRedirect(reverse("user", kwargs={"user_id": 42}))),
    path("upload", upload),
    *(
        path(f"filler-{number}/thing{'/<int:key>' if number % 2 else ''}", filler)
        for number in range(FILLER_ROUTES)
    ),
]


def build() -> Any:
    """Build the app."""
    settings.configure(
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="not a secret: this is a benchmark",
        LOGGING_CONFIG=None,
        MIDDLEWARE=[],
        INSTALLED_APPS=[],
    )
    django.setup()
    return get_wsgi_application()
