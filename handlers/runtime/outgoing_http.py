"""The libraries through which we call somebody else's server, each within a Deadline."""

import smtplib
import socket
import ssl
from collections.abc import Callable
from functools import cache
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.request import BaseHandler, HTTPHandler, HTTPSHandler, OpenerDirector, build_opener

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection as PooledHttp
from urllib3.connection import HTTPSConnection as PooledHttps

from handlers.runtime.deadline import Deadline, cut_at_deadline


class _Pooled(PooledHttp):
    def _new_conn(self) -> socket.socket:
        return cut_at_deadline(super()._new_conn())


class _PooledTls(PooledHttps):
    def _new_conn(self) -> socket.socket:
        return cut_at_deadline(super()._new_conn())


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Pooled


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _PooledTls


class _Adapter(HTTPAdapter):
    """Of `requests`: its connections are cut off in time, also those to a proxy."""

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}

    def proxy_manager_for(self, proxy: Any, **more: Any) -> Any:
        made = super().proxy_manager_for(proxy, **more)
        made.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
        return made


def limit_session(session: requests.Session) -> None:
    """Let what this session connects be cut by the deadline within which it is used."""
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter())


def call(verb: str, address: str, *, seconds: float, **more: Any) -> requests.Response:
    """`requests.request` that takes so many seconds at most. Raises TimeoutError besides."""
    with Deadline(seconds), requests.Session() as session:
        limit_session(session)
        return session.request(verb, address, **more)


def _connecting(self: HTTPConnection, connect: Callable[[], None]) -> None:
    create = self._create_connection  # type: ignore[attr-defined]
    self._create_connection = lambda *args: cut_at_deadline(create(*args))  # type: ignore[attr-defined]
    connect()


class _Http(HTTPConnection):
    def connect(self) -> None:
        _connecting(self, super().connect)


class _Https(HTTPSConnection):
    def connect(self) -> None:
        _connecting(self, super().connect)


class _HttpHandler(HTTPHandler):
    def http_open(self, req: Any) -> Any:
        return self.do_open(_Http, req)


class _HttpsHandler(HTTPSHandler):
    def https_open(self, req: Any) -> Any:
        return self.do_open(_Https, req, context=self._context)  # type: ignore[attr-defined]


@cache
def limited_opener(*more: type[BaseHandler]) -> OpenerDirector:
    """`urlopen`, with these besides, to be used within a Deadline; whom it trusts is read from the
    disk once."""
    return build_opener(*more, _HttpHandler, _HttpsHandler(context=ssl.create_default_context()))


class Smtp(smtplib.SMTP):
    """To be used within a Deadline."""

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return cut_at_deadline(super()._get_socket(host, port, timeout))  # type: ignore[misc]


class SmtpTls(smtplib.SMTP_SSL, Smtp):
    """The same with TLS from the beginning; it takes its connection from the one above."""
