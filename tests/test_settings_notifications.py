"""Where notifications go: addresses that can be called, and no others."""

from __future__ import annotations

import pytest

from kaufland_shoptet import Settings
from kaufland_shoptet.errors import SettingsError
from kaufland_shoptet.settings import NotificationSettings

GOOD = "https://shop.example/kaufland/5f1c"


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example/x",
        "https://shop.example",
        "https:///x",
        "https://user@shop.example/x",
        "https://shop.example/x y",
        "https://shop.example/x#part",
        "https://shop.example/" + "x" * 240,
        "shop.example/x",
        "",
    ],
)
def test_addresses_that_kaufland_cannot_call(url):
    with pytest.raises(SettingsError, match="kaufland_url: is not an address that can be called") as caught:
        NotificationSettings(kaufland_url=url, fallback_email="a@b.cz")
    assert "at most 255 characters" in str(caught.value)


@pytest.mark.parametrize(
    "url", ["https://shop.example:444/x", "https://shop.example:99999/x", "https://s.example/" + "x" * 2000]
)
def test_addresses_that_shoptet_cannot_call(url):
    with pytest.raises(SettingsError, match="with port 80 or 8080 or 443 or 8443 if with any"):
        NotificationSettings(shoptet_url=url)


def test_addresses_that_can_be_called():
    made = NotificationSettings(kaufland_url=GOOD + ":8000", fallback_email="a@b.cz")
    assert made.shoptet_url is None
    assert NotificationSettings(shoptet_url="https://shop.example:8443/x?key=1").shoptet_url
    assert NotificationSettings(kaufland_url="https://shop.example:444/x", fallback_email="a@b.cz")


def test_kaufland_wants_an_address_to_write_to():
    with pytest.raises(SettingsError, match="fallback_email: is missing"):
        NotificationSettings(kaufland_url=GOOD)
    with pytest.raises(SettingsError, match="kaufland_url: is missing"):
        NotificationSettings(fallback_email="a@b.cz")
    with pytest.raises(SettingsError, match="fallback_email: is not an e-mail address"):
        NotificationSettings(kaufland_url=GOOD, fallback_email="nobody")


def test_they_stand_in_a_section_of_their_own():
    text = f"""
        [shop]
        name = "x"
        [ledger]
        path = "x"
        [notifications]
        kaufland_url = "{GOOD}"
        fallback_email = "a@b.cz"
    """
    settings = Settings.loads(text)
    assert settings.notifications == NotificationSettings(kaufland_url=GOOD, fallback_email="a@b.cz")
    assert Settings.loads(settings.dumps()) == settings
    with pytest.raises(SettingsError, match=r"notifications\.kaufland_url: is not an address"):
        Settings.loads(text.replace("https:", "http:"))
