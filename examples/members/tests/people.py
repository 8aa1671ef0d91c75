"""Who is in the tests, and what they do.

Forms are sent as browsers send them, with the CSRF token of the page.
"""

import io
import re
import time

PASSWORD = "a lighthouse in the fog"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(32)


class Person:
    """Somebody with a browser of their own."""

    def __init__(self, app):
        self.client = app.test_client()

    def get(self, path, **more):
        """Ask for a page and read it to the end, so that files are closed."""
        return self.client.get(path, buffered=True, **more)

    def send(self, path, page=None, follow=True, **fields):
        """Fill in the form of a page (or of the path itself) and send it."""
        token = self.token(page or path)
        return self.client.post(path, data={"csrf_token": token, **fields}, follow_redirects=follow)

    def token(self, page="/sign-in"):
        found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(page).text)
        assert found, f"no form on {page}"
        return found[1]

    def sign_in(self, email, password=PASSWORD, **fields):
        return self.send("/sign-in", email=email, password=password, **fields)

    def upload(self, name="moon.png", content=PNG):
        return self.send("/files", file=(io.BytesIO(content), name))

    def is_signed_in(self):
        return self.get("/account/profile").status_code == 200


class Letters(list):
    """The letters that were sent; they come from another thread."""

    def wait_for(self, number):
        deadline = time.monotonic() + 10
        while len(self) < number:
            assert time.monotonic() < deadline, f"{len(self)} of {number} letters came"
            time.sleep(0.005)
        return self[number - 1]


def link_in(letter):
    return re.search(r"http://localhost(\S+)", letter.body)[1]
