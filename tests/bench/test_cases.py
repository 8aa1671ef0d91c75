"""Cases know right answers from wrong ones, and hand an app the cookie that it gave out."""

import pytest

from bench.cases import CASES, WrongAnswerError
from bench.wsgi import Asked, ask, driver, raw

HELLO = CASES[0]
SESSION_READ = next(case for case in CASES if case.name == "session read")


def failing(_environ, start_response):
    start_response("500 INTERNAL SERVER ERROR", [])
    return [b"Hello, World!"]


def test_right_answer_is_accepted():
    assert HELLO.check("raw", raw) == HELLO.asked


def test_wrong_answer_is_refused_with_who_and_what():
    with pytest.raises(WrongAnswerError, match=r"failing answers the case 'hello' wrongly"):
        HELLO.check("failing", failing)


def test_cookie_of_the_preparation_is_sent_along():
    def app(_environ, start_response):
        start_response("200 OK", [("Set-Cookie", "session=abc; Path=/")])
        return []

    assert SESSION_READ.request_for(app).headers == (("Cookie", "session=abc"),)


def test_every_environ_is_fresh_and_its_body_unread():
    fresh = Asked("/", "POST", body=b"abc", content_type="text/plain").environs()
    first, second = fresh(), fresh()
    assert first["wsgi.input"].read() == b"abc"
    assert second["wsgi.input"].read() == b"abc"
    assert second["CONTENT_LENGTH"] == "3"
    assert first is not second


def test_answer_is_kept_whole_and_the_body_closed():
    class Body(list):
        closed = False

        def close(self):
            Body.closed = True

    def app(_environ, start_response):
        start_response("201 CREATED", [("X-A", "1")])
        return Body([b"a", b"b"])

    answer = ask(app, Asked("/"))
    assert (answer.status, answer.body, answer.header("x-a")) == (201, b"ab", "1")
    assert Body.closed


def test_driver_closes_the_body():
    closed = []

    class Body(list):
        def close(self):
            closed.append(True)

    driver(lambda _environ, _start: Body())({})
    assert closed == [True]


def test_case_names_are_unique():
    assert len({case.name for case in CASES}) == len(CASES)
