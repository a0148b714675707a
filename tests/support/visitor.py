"""A browser without a picture: cookies, csrf and once tokens, forms sent by HTTP."""

from collections.abc import Iterable, Mapping
from html.parser import HTMLParser
from http.client import HTTPConnection
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

Form = Mapping[str, str | Iterable[str]]


class _Tokens(HTMLParser):
    """The hidden fields that guard the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        # The last one wins: the strip on top of every page has forms of its own.
        if tag == "input" and name in ("csrf_token", "once"):
            self.found[name] = given.get("value") or ""


class Visitor:
    """One person's browser on a server; every answer is (status, address or text)."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc
        self._cookies: dict[str, str] = {}
        self.heard: list[str] = []  # every cookie and address that came back

    def get(self, path: str) -> tuple[int, str]:
        return self._ask("GET", path)

    def tokens(self, path: str) -> dict[str, str]:
        """The csrf and once tokens of a page's form."""
        status, text = self.get(path)
        assert status == 200, (path, status)
        reader = _Tokens()
        reader.feed(text)
        return reader.found

    def post(self, path: str, fields: Form, tokens: Mapping[str, str]) -> tuple[int, str]:
        """Send a form; a redirect answers with its address."""
        body = urlencode({**fields, **tokens}, doseq=True)
        return self._ask("POST", path, body)

    def submit(self, path: str, fields: Form, *, page: str | None = None) -> tuple[int, str]:
        """Open the page with the form, then send it."""
        return self.post(path, fields, self.tokens(page or path))

    def upload(
        self, path: str, fields: Mapping[str, str], name: str, data: bytes
    ) -> tuple[int, str]:
        """Send a form with a file in the field `name`, after opening its page."""
        edge = "edge-of-a-part"
        parts = [
            f'--{edge}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'
            for n, v in {**self.tokens(path), **fields}.items()
        ]
        head = f'--{edge}\r\nContent-Disposition: form-data; name="{name}"; filename="list.csv"\r\n'
        body = "".join((*parts, head, "Content-Type: text/csv\r\n\r\n")).encode()
        kind = f"multipart/form-data; boundary={edge}"
        return self._ask("POST", path, body + data + f"\r\n--{edge}--\r\n".encode(), kind)

    def become(self, member_id: str) -> None:
        """Choose the person to be (local mode)."""
        status, _ = self.submit("/local/person", {"member_id": member_id}, page="/local")
        assert status == 302, status

    def _ask(
        self,
        method: str,
        path: str,
        body: str | bytes | None = None,
        kind: str = "application/x-www-form-urlencoded",
    ) -> tuple[int, str]:
        connection = HTTPConnection(self._host, timeout=30)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self._cookies.items())}
        if body is not None:
            headers["Content-Type"] = kind
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        cookies = answer.headers.get_all("Set-Cookie") or ()
        self.heard += [*cookies, answer.headers.get("Location", "")]
        for line in cookies:
            self._cookies.update({k: v.value for k, v in SimpleCookie(line).items()})
        return answer.status, answer.headers.get("Location") or text
