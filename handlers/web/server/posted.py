"""Requests whose uploads stay in memory: Flask would put a large one into a file of its own."""

from io import BytesIO
from typing import IO

from flask import Request


class PostedInMemory(Request):
    """MAX_CONTENT_LENGTH bounds how much that is."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        return BytesIO()
