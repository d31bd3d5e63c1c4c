"""A store in a bucket: SeaweedFS, or whatever else speaks S3 and can create without overwriting."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from campaigns.evidence.store import (
    CHUNK,
    SUFFIXES,
    Content,
    NotStored,
    Store,
    StoreAway,
    Stored,
    place,
    stored_at,
)

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig, S3Config

#: Somebody waits: a request is given up after so long, and tried three times in all.
_CLIENT: "ClientConfig" = {"connect_timeout": "2s", "timeout": "15s"}
_RETRIES: "RetryConfig" = {
    "max_retries": 2,
    "retry_timeout": timedelta(seconds=10),
    "backoff": {
        "init_backoff": timedelta(milliseconds=50),
        "max_backoff": timedelta(milliseconds=500),
        "base": 2,
    },
}


@dataclass(frozen=True)
class Bucket(Store):
    """A store in a bucket, below a prefix. The keys are in the environment, as for any S3 client
    (``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``)."""

    bucket: str
    prefix: str
    endpoint: str | None
    region: str | None

    def put_beside(self, name: str, content: bytes, suffix: str) -> None:
        with _answering():
            try:
                file = place(name, suffix)
                obstore.put(self._client, file, content, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return

    def open(self, name: str, suffix: str) -> Content:
        file = place(name, suffix)
        with _answering():
            found = obstore.get(self._client, file, options={"range": (0, CHUNK)})
            first, size = bytes(found.bytes()), found.meta["size"]
        return Content(size, self._chunks(file, first, size))

    def _chunks(self, file: str, first: bytes, size: int) -> Iterator[bytes]:
        # A request for each chunk: the store waits for nobody whose line is slow.
        yield first
        for start in range(CHUNK, size, CHUNK):
            with _answering():
                end = min(start + CHUNK, size)
                chunk = bytes(obstore.get_range(self._client, file, start=start, end=end))
            yield chunk

    def size(self, name: str, suffix: str) -> int | None:
        try:
            with _answering():
                return obstore.head(self._client, place(name, suffix))["size"]
        except NotStored:
            return None

    def remove(self, name: str, suffixes: Iterable[str] = SUFFIXES) -> None:
        with _answering():
            obstore.delete(self._client, [place(name, suffix) for suffix in suffixes])

    def listed(self) -> Iterator[Stored]:
        with _answering():
            for part in obstore.list(self._client):
                for each in part:
                    if stored := stored_at(each["path"], each["size"], each["last_modified"]):
                        yield stored

    def sweep(self, older_than: timedelta) -> int:  # noqa: ARG002 - nothing is ever half written
        return 0

    @property
    def _client(self) -> S3Store:
        return _client(self.bucket, self.prefix, self.endpoint, self.region)


def bucket_at(address: str) -> Bucket:
    """The store at ``s3://bucket/prefix?endpoint=…&region=…``; raises ValueError."""
    parts = urlsplit(address)
    options = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
    endpoint, region = options.pop("endpoint", None), options.pop("region", None)
    if parts.scheme != "s3" or parts.netloc != parts.hostname or options or parts.fragment:
        raise ValueError(f"not the address of a store: {address}")
    return Bucket(parts.netloc, parts.path.strip("/"), endpoint, region)


@lru_cache
def _client(bucket: str, prefix: str, endpoint: str | None, region: str | None) -> S3Store:
    # What the address does not say, the environment may.
    config: S3Config = {}
    if region:
        config["region"] = region
    if endpoint:
        config["endpoint"] = endpoint
    options: ClientConfig = {**_CLIENT}
    if endpoint and endpoint.startswith("http://"):
        options["allow_http"] = True
    return S3Store(
        bucket, prefix=prefix or None, config=config, client_options=options, retry_config=_RETRIES
    )


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as wrong:
        if "NoSuchBucket" in str(wrong):
            raise StoreAway("there is no such bucket") from wrong
        raise NotStored from None
    except BaseError as wrong:
        raise StoreAway(str(wrong).partition("\n")[0][:300]) from wrong
