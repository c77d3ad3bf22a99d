"""Installation of an add-on: the code that Shoptet brings is exchanged for an OAuth token.

Shoptet calls the add-on's registered address with ``?code=…`` and wants an answer of 200 within five
seconds; the code has to be exchanged within that call and is good for one exchange. The OAuth token that
comes back belongs to one e-shop and does not expire: keep it like a password.

See https://developers.shoptet.com/api/documentation/installing-the-addon/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final

from attrs import field, frozen

from .._core.address import takes_keys
from .._core.answers import Problem
from .._core.api import Api
from .._core.request import Endpoint, Reply, Request
from .._core.scrub import told
from .._core.values import UNSET, Json, Model, Unset, plain
from ..errors import SettingsError

if TYPE_CHECKING:
    from .._core.registry import Operation

__all__ = ["SHOPTET_OAUTH", "Installation", "exchange_code", "split"]


def __dir__() -> list[str]:
    return __all__


@frozen(kw_only=True)
class Installation(Model):
    """An add-on installed in one e-shop.

    Attributes:
        access_token: The OAuth token; give it to a client as ``oauth_token``. Never show it.
        eshop_id: Number of the e-shop: what installations are known by, also when repeated.
        eshop_url: Address of the e-shop.
        contact_email: Whom to write to.
        scope: What the token is for.
    """

    access_token: str = field(repr=False)
    eshop_id: int = field(metadata={"wire": "eshopId"})
    eshop_url: str = field(metadata={"wire": "eshopUrl"})
    contact_email: str | Unset | None = field(default=None, repr=False, metadata={"wire": "contactEmail"})
    scope: str | Unset | None = None


class ShoptetOAuthApi(Api):
    """The OAuth server of a partner's e-shop: bare JSON without Shoptet's envelope."""

    name: ClassVar[str] = "shoptet_oauth"
    base_url: ClassVar[str] = ""
    joined: ClassVar[bool] = True
    lock_passes: ClassVar[bool] = False

    def rename(self, name: str) -> str:
        """The names of OAuth are snake_case."""
        return plain(name)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Nothing that belongs to a resource."""
        return ()

    def decode(self, request: Request[Any], reply: Reply) -> Any:
        """The answer is the thing itself."""
        return self.codec.decode(self.codec.load(reply.body), request.endpoint.into)

    def problems(self, raw: Json) -> tuple[Problem, ...]:
        """``error`` and ``error_description``."""
        row = self.row(raw)
        code = told(row.get("error"))
        return (Problem(code, told(row.get("error_description"))),) if code else ()


SHOPTET_OAUTH: Final = ShoptetOAuthApi()
"""The server that exchanges installation codes."""


@frozen(kw_only=True)
class _Exchange(Model):
    client_id: str
    client_secret: str | Unset = field(repr=False)
    code: str = field(repr=False)
    grant_type: str = "authorization_code"
    redirect_uri: str
    scope: str = "api"


_EXCHANGE: Endpoint[Installation] = Endpoint(
    SHOPTET_OAUTH, "exchangeCode", "POST", "/action/ApiOAuthServer/token", Installation, repeat="never"
)


def exchange_code(
    code: str, *, client_id: str, client_secret: str | None, redirect_uri: str
) -> Request[Installation]:
    """The request that exchanges *code*; a second exchange of the same code is refused."""
    secret = UNSET if client_secret is None else client_secret
    return _EXCHANGE.request(
        body=_Exchange(client_id=client_id, client_secret=secret, code=code, redirect_uri=redirect_uri)
    )


def split(exchange_url: str) -> str:
    """The base of the address where codes are exchanged.

    >>> split("https://partner.myshoptet.com/action/ApiOAuthServer/token")
    'https://partner.myshoptet.com'

    Raises:
        SettingsError: It is not the https address of an OAuth server.
    """
    if not takes_keys(exchange_url) or not exchange_url.endswith(_EXCHANGE.route):
        raise SettingsError(
            "exchange_url",
            "this is not the address where codes are exchanged.",
            f"Give https://…{_EXCHANGE.route} on the partner's own domain.",
        )
    return exchange_url.removesuffix(_EXCHANGE.route)
