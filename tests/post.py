"""A mail server of the tests' own: takes what it is sent, or refuses as it is told."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage


@dataclass
class Post:
    """What came, and what is refused: the answer to a recipient, when there is one."""

    port: int = 0
    came: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refusal: str | None = None

    @property
    def url(self) -> str:
        """The address as settings have it."""
        return f"smtp://127.0.0.1:{self.port}"


@contextmanager
def office() -> Iterator[Post]:
    """A server on a free port, for as long as the block lasts."""
    post = Post()

    class Counter(socketserver.StreamRequestHandler):
        """One conversation, in the few words of SMTP that are needed (RFC 5321)."""

        def handle(self) -> None:
            self.say("220 here")
            recipient = ""
            while line := self.rfile.readline().decode("ascii").strip():
                verb = line.upper()
                if verb.startswith("RCPT") and post.refusal:
                    self.say(post.refusal)
                elif verb.startswith("RCPT"):
                    recipient = line.partition("<")[2].rstrip(">")
                    self.say("250 ok")
                elif verb == "DATA":
                    self.say("354 go on")
                    post.came.append((recipient, self.letter()))
                    self.say("250 taken")
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

        def letter(self) -> EmailMessage:
            lines: list[bytes] = []
            while (line := self.rfile.readline()) != b".\r\n":
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            return message_from_bytes(b"".join(lines), EmailMessage, policy=policy.SMTP)

        def say(self, words: str) -> None:
            self.wfile.write(words.encode() + b"\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Counter) as server:
        server.daemon_threads = True
        post.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield post
        finally:
            server.shutdown()
