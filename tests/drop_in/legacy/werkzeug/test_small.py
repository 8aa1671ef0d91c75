"""The small rooms: markup, calls, hashing, rules, mixins, text."""

import pytest
from werkzeug.wrappers import Request

from kolben.drop_in.legacy.werkzeug import calls, hashing, headers, markup, mixins, rules, text


def test_entities_are_resolved():
    assert markup.unescape("&lt;&auml;&#33;") == "<ä!"


def test_a_template_is_filled_in():
    assert markup.format_string("$a and ${b}s", {"a": 1, "b": "x"}) == "1 and xs"


def test_html_is_built():
    made = markup.html.p(markup.html.a("a", href='x"'), markup.html.br(), class_="c", id=None)
    assert made == '<p class="c"><a href="x&#34;">a</a><br></p>'
    assert markup.xhtml.input(checked=True, disabled=False) == '<input checked="checked" />'


def test_arguments_are_bound():
    def f(a, b=2, *c, **d): ...

    assert calls.bind_arguments(f, (1,), {"e": 3}) == {"a": 1, "b": 2, "c": (), "d": {"e": 3}}
    with pytest.raises(calls.ArgumentValidationError, match=r"1 missing, 0 additional") as caught:
        calls.bind_arguments(f, (), {})
    assert caught.value.missing == {"a"}


def test_arguments_that_are_too_many_are_left_out():
    def f(a): ...

    assert calls.validate_arguments(f, (1, 2), {"b": 3}) == ((1,), {})
    with pytest.raises(calls.ArgumentValidationError, match="0 missing, 2 additional"):
        calls.validate_arguments(f, (1, 2), {"b": 3}, drop_extra=False)


def test_texts_are_compared():
    assert hashing.safe_str_cmp("ä", "ä".encode())
    assert not hashing.safe_str_cmp("a", "b")


def test_a_key_is_derived_as_rfc_6070_says():
    key = hashing.pbkdf2_hex("password", "salt", 2, 20, "sha1")
    assert key == "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957"


def test_a_rule_is_taken_apart():
    assert list(rules.parse_rule("/user/<int(min=1):id>/<name>.html")) == [
        (None, None, "/user/"),
        ("int", "min=1", "id"),
        (None, None, "/"),
        ("default", None, "name"),
        (None, None, ".html"),
    ]


@pytest.mark.parametrize("bad", ["/<a>/<a>", "/<", "/<a"])
def test_a_rule_that_is_none_is_an_error(bad):
    with pytest.raises(ValueError, match=r"used twice|malformed"):
        list(rules.parse_rule(bad))


def test_a_class_may_derive_from_several_mixins():
    class Mine(Request, mixins.AcceptMixin, mixins.ETagRequestMixin):
        pass

    assert Mine({"PATH_INFO": "/x"}).path == "/x"
    assert mixins.AcceptMixin is mixins.AcceptMixin
    with pytest.raises(AttributeError, match="NoMixin"):
        mixins.NoMixin  # noqa: B018


def test_a_plain_request_leaves_the_body_alone():
    environ = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": "application/x-www-form-urlencoded"}
    assert not mixins.PlainRequest(environ).want_form_data_parsed


def test_text_and_bytes_are_converted():
    assert text.to_bytes("ä") == "ä".encode()
    assert text.to_unicode(b"\xc3\xa4") == "ä"
    assert text.to_native(b"x") == "x"
    assert text.to_unicode(None) is None
    assert text.wsgi_encoding_dance("ä") == "Ã¤"
    assert text.wsgi_decoding_dance("Ã¤") == "ä"
    assert list(text.iter_bytes(b"ab")) == [b"a", b"b"]


def test_headers_of_authentication_are_read():
    said = headers.parse_authorization_header(b"Basic YTpi")
    assert (said.type, said.username, said.password) == ("basic", "a", "b")
    assert headers.parse_authorization_header(None) is None
    assert headers.parse_www_authenticate_header('Basic realm="x"').realm == "x"
    assert headers.parse_www_authenticate_header(None).type == ""


def test_a_cached_property_is_forgotten():
    class Thing:
        pass

    thing = Thing()
    thing.value = 1
    markup.invalidate_cached_property(thing, "value")
    markup.invalidate_cached_property(thing, "value")
    assert not hasattr(thing, "value")
