"""An add-on is installed with a code and then calls with tokens that it mints from what it got."""

from __future__ import annotations

import pytest

from kaufland_shoptet import Sandbox, Shoptet, ShoptetAddon
from kaufland_shoptet.errors import ApiError, OutcomeUnknown, SettingsError
from kaufland_shoptet.sandbox import Fault
from kaufland_shoptet.sandbox.sdk import on
from kaufland_shoptet.shoptet.addon import SHOPTET_OAUTH


def test_from_the_installation_to_the_first_call():
    sandbox = Sandbox()
    installation = sandbox.shoptet_addon().install(sandbox.installation_code)
    assert installation.eshop_url.startswith("https://")
    shoptet = Shoptet(oauth_token=installation.access_token, token_url=sandbox.oauth_token_url, **on(sandbox))
    assert shoptet.eshop.get().contact_information.eshop_id == installation.eshop_id
    sandbox.clock.advance(1801)
    shoptet.eshop.get()
    minted = [entry for entry in sandbox.log if entry.path.endswith("getAccessToken")]
    assert len(minted) == 2, "one token for half an hour"


@pytest.mark.anyio
@pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
async def test_asynchronously(anyio_backend):
    sandbox = Sandbox()
    async with sandbox.async_shoptet_addon() as addon:
        installation = await addon.install(sandbox.installation_code)
    assert installation.access_token == sandbox.oauth_token


def test_a_code_is_good_for_one_exchange():
    sandbox = Sandbox()
    addon = sandbox.shoptet_addon()
    addon.install(sandbox.installation_code)
    with pytest.raises(ApiError) as caught:
        addon.install(sandbox.installation_code)
    assert sandbox.installation_code not in str(caught.value)


def test_an_exchange_without_an_answer_is_not_repeated():
    sandbox = Sandbox()
    sandbox.faults.add(Fault(kind="timeout_after", path="*/ApiOAuthServer/token"))
    with pytest.raises(OutcomeUnknown):
        sandbox.shoptet_addon().install(sandbox.installation_code)
    assert len(sandbox.log) == 1


def test_nothing_secret_is_shown():
    sandbox = Sandbox()
    addon = sandbox.shoptet_addon()
    installation = addon.install(sandbox.installation_code)
    shown = repr(addon) + repr(installation) + str(installation)
    for secret in (sandbox.oauth_token, sandbox.add_on.client_secret, sandbox.installation_code):
        assert secret not in shown


@pytest.mark.parametrize(
    "url", ["http://partner.example/action/ApiOAuthServer/token", "https://partner.example/", "nonsense"]
)
def test_a_wrong_address_is_refused(url):
    with pytest.raises(SettingsError, match="exchange_url"):
        ShoptetAddon("id", redirect_uri="https://a.example/", exchange_url=url)


def test_the_server_of_codes_has_no_operations_of_a_resource():
    assert SHOPTET_OAUTH.operations == ()


def test_an_answer_slower_than_the_timeout_never_comes():
    sandbox = Sandbox()
    sandbox.faults.add(Fault(kind="slow", path="*/ApiOAuthServer/token", seconds=9))
    with pytest.raises(OutcomeUnknown, match="timed out"):
        sandbox.shoptet_addon().install(sandbox.installation_code)
