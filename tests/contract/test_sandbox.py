"""The sandbox answers every operation, as the vendors' documents have it and as the clients understand it."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import pytest

from kaufland_shoptet.sandbox import Call
from kaufland_shoptet.sandbox.server import serve

from .documents import Vendor
from .test_contract import EXPECTED
from .visits import APIS, decoded, visit, visits

OLD_ENVELOPE = "$: Additional properties are not allowed ('metadata' was unexpected)"
"""Some schemas lack the metadata that every answer has since March 2026."""


@pytest.mark.parametrize("name", APIS)
def test_every_operation_is_answered_and_understood(name: str) -> None:
    wrong: list[str] = []
    for made, operation, entry in visits(name):
        answer = made.sandbox.handle(visit(made, entry))
        if answer.status != entry.status:
            wrong.append(f"{operation}: {answer.status} {answer.body[:300]!r}")
            continue
        try:
            decoded(operation, answer.status, answer.headers, answer.body)
        except Exception as error:
            wrong.append(f"{operation}: {type(error).__name__}: {error}")
    assert not wrong, "\n".join(wrong)


def test_every_answer_of_the_server_is_what_the_document_declares(
    vendor: Vendor, capsys: pytest.CaptureFixture[str]
) -> None:
    name, wrong = str(vendor), list[str]()
    broken = {right: written for written, right in vendor.corrected.items()}
    valid = 0
    for made, operation, entry in visits(name):
        with serve(made.sandbox) as server:
            base = server.kaufland_url if name == "kaufland" else server.shoptet_url
            status, kind, body = _send(visit(made, entry, base))
        node = vendor.root["paths"][broken.get(entry.path, entry.path)][entry.method.lower()]
        declared, content = vendor.success(node)
        complaints = [] if status == declared else [f"status {status} instead of {declared}: {body[:300]!r}"]
        if status == declared and content is not None and "schema" in content:
            complaints = vendor.complaints(content["schema"], json.loads(body))
        elif status == declared and content is None and "json" in kind:
            complaints = [f"JSON instead of {kind}"]
        wrong += [f"{operation}: {each}" for each in complaints if each != OLD_ENVELOPE]
        valid += not [each for each in complaints if each != OLD_ENVELOPE]
    with capsys.disabled():
        print(f"\n{vendor}: {valid} of {EXPECTED[name]} operations answered validly")
    assert not wrong, "\n".join(wrong)
    assert valid == EXPECTED[name]


def _send(call: Call) -> tuple[int, str, bytes]:
    parts = urlsplit(call.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=5)
    try:
        target = call.url.removeprefix(f"{parts.scheme}://{parts.netloc}")
        connection.request(call.method, target, call.body, dict(call.headers))
        answer = connection.getresponse()
        return answer.status, answer.getheader("content-type", ""), answer.read()
    finally:
        connection.close()
