"""The Members example, end to end: a real browser, a real server, and a real mail server.

The browser is Debian's Chromium (packages `chromium` and `chromium-driver`), driven by Selenium.
Of each main page pictures are kept, wide and narrow, light and dark, in the folder that is
printed in the end.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from email import message_from_bytes, policy
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "instance" / "screenshots"
PASSWORD = "a lighthouse in the fog"
ADDRESS = "grace@example.org"

DRIVER, BROWSER = shutil.which("chromedriver"), shutil.which("chromium")
NEEDS = {
    "apt install chromium-driver": DRIVER,
    "apt install chromium": BROWSER,
    "pip install 'kolben[test]'": find_spec("selenium") and find_spec("flask_admin"),
}
missing = [cure for cure, found in NEEDS.items() if not found]
if missing and os.environ.get("CI") != "true":
    pytest.skip(f"something is missing here: {', '.join(missing)}", allow_module_level=True)

WIDTHS = {"desktop": (1280, 860, False), "phone": (390, 780, True)}
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--lang=en", "--window-size=1280,860",
)  # fmt: skip


def free_port():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        return holder.getsockname()[1]


class Postbox:
    """A mail server that keeps what it gets."""

    def __init__(self):
        self.letters = []

    async def handle_DATA(self, _server, _session, envelope):  # aiosmtpd's name
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def wait_for(self, number):
        """Return the letter with this number, counted from 1, once it is there."""
        deadline = time.monotonic() + 20
        while len(self.letters) < number:
            assert time.monotonic() < deadline, f"{len(self.letters)} of {number} letters came"
            time.sleep(0.02)
        return self.letters[number - 1]


@pytest.fixture(scope="module")
def postbox():
    from aiosmtpd.controller import Controller

    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    box.port = controller.port
    yield box
    controller.stop()


class House:
    """The served app: its address, and the command line that belongs to it."""

    def __init__(self, url, instance, environ):
        self.url, self.instance, self.environ = url, instance, environ

    def promote(self, address):
        command = ["-m", "kolben.drop_in", "-m", "flask", "--app", "examples.members"]
        done = subprocess.run(
            [sys.executable, *command, "members", "promote", address],
            check=False, cwd=ROOT, env=self.environ, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def house(postbox, tmp_path_factory):
    instance = tmp_path_factory.mktemp("members")
    environ = {**os.environ, "MAIL_SERVER": "127.0.0.1", "MAIL_PORT": str(postbox.port)}
    environ["MEMBERS_INSTANCE"] = str(instance)
    environ.pop("DATABASE_URL", None)
    command = ["-m", "examples.members", "--port", "0"]
    log = (instance / "log").open("w+")
    with (
        log,
        subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as server,
    ):
        try:
            said = iter(server.stdout.readline, "")
            url = next(
                (found[0] for line in said if (found := re.search(r"http://\S+\d", line))), None
            )
            assert url, log.seek(0) or log.read()
            yield House(url, instance, environ)
        finally:
            server.terminate()
            server.wait(20)
            log.seek(0)
            assert "Traceback" not in log.read()


@pytest.fixture(scope="module")
def driver(tmp_path_factory):
    from selenium import webdriver

    if missing:
        pytest.fail(f"CI needs {', '.join(missing)}")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    driver.set_page_load_timeout(30)
    yield driver
    driver.quit()


class Visitor:
    """Somebody at a browser, and what they can do there."""

    def __init__(self, driver, house):
        self.driver, self.house = driver, house

    def go(self, path):
        self.driver.get(path if "://" in path else self.house.url + path)

    def find(self, css):
        return self.driver.find_element("css selector", css)

    def press(self, css):
        """Press a button, and wait until the page that comes has come."""
        page = self.find("html")
        self.find(css).click()
        self.wait_until(lambda: self.is_gone(page), f"{css} leads nowhere")
        self.wait_until(
            lambda: self.driver.execute_script("return document.readyState") == "complete",
            "the page does not finish",
        )

    @staticmethod
    def is_gone(element):
        from selenium.common.exceptions import WebDriverException

        try:
            element.is_enabled()
        except WebDriverException:  # stale, or detached in the middle of the question
            return True
        return False

    def fill(self, **fields):
        for name, value in fields.items():
            field = self.find(f"#{name}")
            field.clear()
            field.send_keys(value)

    def wait_until(self, holds, complaint):
        deadline = time.monotonic() + 15
        while not holds():
            assert time.monotonic() < deadline, complaint
            time.sleep(0.02)

    def path(self):
        return self.driver.current_url.removeprefix(self.house.url)

    def text(self):
        return self.find("body").text

    def picture(self, name):
        """Keep pictures of the page, and check that it fits a phone."""
        tell = self.driver.execute_cdp_cmd
        for width, (across, down, mobile) in WIDTHS.items():
            size = {"width": across, "height": down, "deviceScaleFactor": 1, "mobile": mobile}
            tell("Emulation.setDeviceMetricsOverride", size)
            for scheme in ("light", "dark"):
                wishes = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
                features = [{"name": name, "value": value} for name, value in wishes.items()]
                tell("Emulation.setEmulatedMedia", {"features": features})
                self.driver.save_screenshot(str(PICTURES / f"{name}-{width}-{scheme}.png"))
            needs = self.driver.execute_script("return document.documentElement.scrollWidth")
            assert needs <= across, f"{name} needs {needs} pixels of a {width}'s {across}"
        tell("Emulation.clearDeviceMetricsOverride", {})
        tell("Emulation.setEmulatedMedia", {"features": []})


@pytest.fixture(scope="module")
def visitor(driver, house, request):
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    yield Visitor(driver, house)
    plugin = request.config.pluginmanager.getplugin
    with plugin("capturemanager").global_and_fixture_disabled():
        plugin("terminalreporter").write_line(f"\npictures of the pages: {PICTURES}")


def link_in(letter):
    return re.search(r"http://\S+", letter.get_body("plain").get_content())[0]


def join(visitor, postbox):
    """Register, be held back, ask for the letter again, and confirm by its link."""
    visitor.go("/")
    visitor.picture("welcome")
    visitor.go("/register")
    visitor.fill(name="Grace Kolben", email="grace@", password="short")
    visitor.press("#submit")
    assert "This does not look like an e-mail address." in visitor.text()
    visitor.picture("register")
    visitor.fill(email=ADDRESS, password=PASSWORD)
    visitor.press("#submit")
    assert visitor.path() == "/check-mail"
    assert ADDRESS in visitor.text()
    visitor.picture("check-mail")
    letter = postbox.wait_for(1)
    assert letter["To"] == ADDRESS
    visitor.go("/sign-in")
    visitor.picture("sign-in")
    sign_in(visitor)
    assert visitor.path() == "/unconfirmed"
    visitor.go("/files")
    assert visitor.path() == "/unconfirmed"
    visitor.picture("unconfirmed")
    visitor.press("#resend")
    visitor.go(link_in(postbox.wait_for(2)))
    assert "Your address is confirmed." in visitor.text()
    visitor.picture("home")


def sign_in(visitor):
    visitor.fill(email=ADDRESS, password=PASSWORD)
    visitor.find("#remember").click()
    visitor.press("#submit")


def upload(visitor, folder):
    """Be refused a program that is called a picture, then upload a picture and look at it."""
    from PIL import Image, ImageDraw

    visitor.go("/files")
    visitor.picture("files-empty")
    fake = folder / "holiday.png"
    fake.write_bytes(b"\x7fELF\x02\x01\x01" + bytes(64))
    visitor.find("#file").send_keys(str(fake))
    visitor.press("#upload")
    assert "We keep pictures" in visitor.text()
    (folder / "huge.png").write_bytes(bytes(5 << 20))
    visitor.find("#file").send_keys(str(folder / "huge.png"))
    assert "This file is larger than 2 MB." in visitor.text()
    visitor.driver.execute_script("document.querySelector('.drop').submit()")
    visitor.wait_until(lambda: "That is too large" in visitor.text(), "no page for a 413")
    visitor.go("/files")
    image = Image.new("RGB", (240, 180), "#e9c46a")
    ImageDraw.Draw(image).ellipse((60, 30, 180, 150), fill="#264653")
    image.save(folder / "moon.png")
    (folder / "notes.md").write_text("# Notes\n\nWhy does it rattle?\n")
    for name in ("notes.md", "moon.png"):
        visitor.find("#file").send_keys(str(folder / name))
        visitor.press("#upload")
        assert f"“{name}” is uploaded." in visitor.text()
    is_shown = "return document.querySelector('.thumb img').naturalWidth"
    visitor.wait_until(lambda: visitor.driver.execute_script(is_shown) == 240, "no thumbnail")
    visitor.picture("files")


def administrate(visitor, house):
    """Be refused the admin area, be promoted, enter it."""
    visitor.go("/admin/")
    assert "This door is closed" in visitor.text()
    visitor.picture("403")
    assert "is an administrator" in house.promote(ADDRESS)
    visitor.go("/admin/")
    assert "Newest members" in visitor.text()
    visitor.picture("admin-overview")
    visitor.go("/admin/members/")
    assert ADDRESS in visitor.text()
    visitor.picture("admin-members")
    visitor.press("a[title='Edit Record']")
    visitor.picture("admin-edit")
    visitor.fill(name="Grace K. Kolben")
    visitor.press("input[type=submit][value=Save]")
    assert "Grace K. Kolben" in visitor.text()


def test_a_member_joins_uploads_is_promoted_and_leaves(visitor, house, postbox, tmp_path):
    join(visitor, postbox)
    upload(visitor, tmp_path)
    for name in ("profile", "password", "api"):
        visitor.go(f"/account/{name}")
        visitor.picture(name)
    administrate(visitor, house)
    visitor.go("/")
    visitor.press("a.switch")
    assert "退出" in visitor.text()
    visitor.picture("home-zh")
    visitor.go("/admin/members/")
    visitor.picture("admin-members-zh")
    visitor.press("a.switch")
    visitor.driver.delete_cookie("members")
    visitor.go("/files")
    assert "moon.png" in visitor.text(), "the remember cookie signs in again"
    visitor.press("#sign-out")
    assert "You are signed out." in visitor.text()
    visitor.go("/files")
    assert visitor.path() == "/sign-in?next=/files"
    visitor.go("/nowhere")
    visitor.picture("404")


def test_scripts_and_styles_obey_the_pages_own_policy(visitor):
    said = [each["message"] for each in visitor.driver.get_log("browser")]
    violations = [each for each in said if "Content Security Policy" in each]
    # Flask-Admin has onclick="return false" on its filters; they do without it.
    assert [each for each in violations if "inline event handler" not in each] == []
    assert [each for each in violations if "/admin/members/" not in each] == []
