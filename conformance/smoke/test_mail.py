"""Flask-Mail: build a message, send it over SMTP, or record it in tests."""

import socketserver
import threading

import pytest
from flask import render_template_string, request
from flask_mail import Mail, Message, email_dispatched


class Sink(socketserver.StreamRequestHandler):
    """As much of an SMTP server as one message needs (RFC 5321)."""

    def handle(self):
        self.say("220 sink")
        while line := self.rfile.readline():
            command = line[:4].upper().decode().strip()
            if command == "DATA":
                self.say("354 go on")
                self.server.messages.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
            self.say("221 bye" if command == "QUIT" else "250 ok")

    def say(self, text):
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def sink():
    """Return an SMTP server on a free port that keeps what it gets."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Sink) as server:
        server.messages = []
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def mail(app):
    app.config["MAIL_DEFAULT_SENDER"] = ("The club", "club@example.com")
    return Mail(app)


def test_a_view_sends_a_message_over_smtp(app, client, sink):
    host, port = sink.server_address
    app.config.update(TESTING=False, MAIL_SERVER=host, MAIL_PORT=port)
    mail = Mail(app)

    @app.post("/invite")
    def invite():
        message = Message("Come!", sender="a@example.com", recipients=[request.form["to"]])
        message.html = render_template_string("<p>Dear {{ to }}</p>", to="<you>")
        mail.send(message)
        return "", 202

    assert client.post("/invite", data={"to": "b@example.com"}).status_code == 202
    assert "Subject: Come!" in sink.messages[0]
    assert "<p>Dear &lt;you&gt;</p>" in sink.messages[0]


def test_several_messages_go_over_one_connection(app, sink):
    host, port = sink.server_address
    app.config.update(TESTING=False, MAIL_SERVER=host, MAIL_PORT=port)
    mail = Mail(app)
    with app.app_context(), mail.connect() as connection:
        for name in ("a", "b"):
            connection.send(Message(name, sender="c@example.com", recipients=["d@example.com"]))
    assert len(sink.messages) == 2


def test_tests_record_instead_of_sending(app, mail):
    with app.app_context(), mail.record_messages() as outbox:
        mail.send_message("Hello", recipients=["b@example.com"], body="Text")
    assert [(each.subject, each.sender) for each in outbox] == [
        ("Hello", "The club <club@example.com>")
    ]


def test_the_signal_has_the_app(app, mail):
    seen = []

    def note(sender, message):
        seen.append((sender, message.subject))

    with app.app_context(), email_dispatched.connected_to(note, app):
        mail.send_message("Hello", recipients=["b@example.com"])
    assert seen == [(app, "Hello")]


def test_attachments_come_from_the_apps_resources(app, mail, tmp_path):
    app.root_path = str(tmp_path)
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    with app.app_context():
        message = Message("Photo", recipients=["b@example.com"])
        with app.open_resource("photo.png") as photo:
            message.attach("photo.png", "image/png", photo.read())
        assert 'filename="photo.png"' in message.as_string()
