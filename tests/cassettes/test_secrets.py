"""No cassette holds a key or a person; and the search for them finds them where they are."""

from __future__ import annotations

import re
from contextlib import ExitStack
from functools import partial

import pytest

from kaufland_shoptet.sandbox.sdk import SimulatedClock
from kaufland_shoptet.sandbox.server import serve

from . import tape
from .__main__ import CLIENTS, main, record
from .scenarios import CANARY, SCENARIOS, furnished
from .tape import ROOT

BY_NAME = {f"{each.api}/{each.name}": each for each in SCENARIOS}

# Written without a look at what the redaction looks for.
SUSPECT = {
    "an e-mail address": re.compile(r"\S@\S+\.\w"),
    "a telephone number": re.compile(r"\+\d{2,3} ?\d{3} ?\d{3} ?\d{3}"),
    "a key": re.compile(r"\b[0-9a-f]{32,}\b"),
    "a token": re.compile(r"\b(?=\w*\d)(?=\w*[A-Z])\w{30,}\b|\d+-\w-\d+-\w{20,}"),
    "a header that is nobody's business": re.compile(
        r"^ +(shop-signature|shop-client-key|authorization|cookie|set-cookie|[\w-]*token):",
        re.MULTILINE | re.IGNORECASE,
    ),
    "a link that opens": re.compile(r"(token|signature|hash)=(?!redacted)"),
    "a canary": re.compile(CANARY, re.IGNORECASE),
}
NAMES = ("Jana", "Nováková", "Horváth", "Schmidt", "Gruber", "Kowalski", "Dlouhá", "Lindenstraße", "Ukázka")


def secrets():
    sandbox = furnished()
    found = [sandbox.client_key, sandbox.secret_key, sandbox.partner_key, sandbox.partner_secret]
    found += [
        sandbox.private_token,
        sandbox.oauth_token,
        sandbox.installation_code,
        sandbox.shoptet.signature_key,
    ]
    return [each for each in found if each]


def suspicions(text):
    """What in a file should not be there."""
    found = {what for what, looks in SUSPECT.items() if looks.search(text)}
    found |= {name for name in NAMES if name in text}
    return found | {"a key of the sandbox" for secret in secrets() if secret in text}


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.yaml")), ids=lambda file: str(file.relative_to(ROOT)))
def test_no_cassette_holds_a_secret_or_a_person(file):
    assert suspicions(file.read_text("utf-8")) == set()


@pytest.fixture
def shop():
    """A sandbox that is served, and who asks it."""

    def shop(name):
        scenario = BY_NAME[name]
        sandbox = furnished()
        scenario.prepare(sandbox)
        server = closing.enter_context(serve(sandbox))
        monkeypatch = closing.enter_context(pytest.MonkeyPatch.context())
        monkeypatch.setenv("KAUFLAND_CLIENT_KEY", sandbox.client_key)
        monkeypatch.setenv("KAUFLAND_SECRET_KEY", sandbox.secret_key)
        monkeypatch.setenv("SHOPTET_PRIVATE_TOKEN", sandbox.private_token)
        for api, base in (("kaufland", server.kaufland_url), ("shoptet", server.shoptet_url)):
            opened = partial(CLIENTS[api], base_url=base, clock=SimulatedClock(sandbox))
            monkeypatch.setitem(CLIENTS, api, opened)
        return sandbox, scenario

    with ExitStack() as closing:
        yield shop


@pytest.mark.parametrize(
    "name, due",
    [
        (
            "kaufland/orders",
            {"an e-mail address", "a telephone number", "a canary", "a key", "a key of the sandbox"},
        ),
        ("kaufland/order_invoices", {"a link that opens"}),
        (
            "shoptet/orders_write",
            {"an e-mail address", "a telephone number", "a canary", "a key of the sandbox"},
        ),
        ("shoptet/webhooks_write", {"a token"}),
    ],
)
def test_what_is_not_redacted_is_found(name, due, shop, tmp_path, monkeypatch):
    monkeypatch.setattr(tape, "redact", lambda interactions, place: interactions)
    _, scenario = shop(name)
    client = CLIENTS[scenario.api]()
    text = record(client, scenario, "live", "", tmp_path, secrets=()).read_text("utf-8")
    assert due | {"a header that is nobody's business"} <= suspicions(text)


def test_a_recording_with_a_key_in_it_is_not_kept(shop, tmp_path, monkeypatch):
    shop("kaufland/info")
    assert main(["--live", "kaufland/info"], tmp_path) == 0
    (file,) = tmp_path.rglob("*.*")
    good = file.read_text("utf-8")
    monkeypatch.setattr(tape, "redact", lambda interactions, place: interactions)
    with pytest.raises(SystemExit, match="a key would have been in the file"):
        main(["--live", "kaufland/info"], tmp_path)
    assert [each.read_text("utf-8") for each in tmp_path.rglob("*.*")] == [good]


def test_a_real_shop_is_only_read_and_nothing_of_it_is_told(shop, tmp_path, capsys):
    sandbox, _ = shop("shoptet/invoices")
    before = len(sandbox.log)
    read = {"kaufland/orders", "kaufland/products", "kaufland/info", "shoptet/orders", "shoptet/invoices"}
    # The one would write; for the other there is no webhook in that shop.
    assert main(["--live", *read, "kaufland/order_units_write", "shoptet/jobs"], tmp_path) == 1
    files = {str(file.relative_to(tmp_path / "live"))[:-5] for file in tmp_path.rglob("*.yaml")}
    assert files == read
    assert "shoptet/jobs: not recorded: " in capsys.readouterr().err
    asked = {(entry.method, entry.path) for entry in sandbox.log[before:] if entry.method != "GET"}
    assert asked == {("POST", "/categories/decide")}  # which is a question
    for file in tmp_path.rglob("*.yaml"):
        text = file.read_text("utf-8")
        assert text.startswith(
            "# Answers of http://127.0.0.1:"
        )  # that is where it comes from, and no other place
        assert suspicions(text) == set()


def test_writing_has_to_be_asked_for(shop, tmp_path):
    sandbox, _ = shop("shoptet/webhooks_write")
    assert main(["--live", "shoptet/webhooks_write"], tmp_path) == 0
    assert not sandbox.log
    assert main(["--live", "--writes", "shoptet/webhooks_write"], tmp_path) == 0
    assert sandbox.log
    (file,) = tmp_path.rglob("*.yaml")
    assert suspicions(file.read_text("utf-8")) == set()


def test_a_name_that_is_none():
    with pytest.raises(SystemExit):
        main(["kaufland/nope"])
