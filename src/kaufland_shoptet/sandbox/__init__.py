"""A sandbox: Kaufland's Seller API and Shoptet's API in memory, stateful, on a simulated clock.

It imports nothing of the clients, so it judges independently what they send. It follows the vendors'
published documents; behaviour that no document settles is a named switch with a default and its reason
(`Switches`), and error codes for which only the HTTP status is known are our own choice.

>>> sandbox = Sandbox.demo()
>>> sandbox.kaufland.orders["MA1B2C3"].total
159600
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from email.utils import format_datetime
from functools import partial
from random import Random
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from attrs import evolve

from . import data
from .clock import START, Clock
from .faults import Fault, Faults
from .kaufland import Kaufland
from .post import Post
from .shoptet import Shoptet
from .shoptet.tokens import AddOn, random_text
from .switches import Switches
from .wire import Answer, Call, Dropped, TimedOut, Unanswered, Unreached

if TYPE_CHECKING:
    from .. import clients
    from ..ledger import Ledger
    from ..settings import Settings

__all__ = [
    "START",
    "Answer",
    "Call",
    "Clock",
    "Connection",
    "Dropped",
    "Entry",
    "Fault",
    "Faults",
    "Sandbox",
    "Switches",
    "TimedOut",
    "Unanswered",
    "Unreached",
]

KAUFLAND_HOSTS = ("sellerapi.kaufland.com", "sellerapi-playground.kaufland.com")
SHOPTET_DOMAIN = ".myshoptet.com"


class Entry(NamedTuple):
    """One call in the log: which API, method, path without query, and the status (None: no answer)."""

    api: str
    method: str
    path: str
    status: int | None


class Sandbox:
    """Both APIs, one seller account and one e-shop, empty but furnished.

    Args:
        clock: The clock that everything runs on; by default it stands at `START`.
        seed: Makes tokens, GUIDs and ids; the same seed gives the same ones.
        switches: What to do where the vendors' documents are silent.

    Credentials: `client_key` and `secret_key`, `partner_key` and `partner_secret` for Kaufland;
    `private_token`, or `add_on` with `installation_code`, `oauth_token` and the two `oauth_…_url` for Shoptet.
    """

    def __init__(self, clock: Clock | None = None, seed: int = 0, switches: Switches | None = None) -> None:
        self._origin: Callable[[Clock], Sandbox] = lambda clock: type(self)(clock, seed, switches)
        dice = Random(seed)  # noqa: S311 - made-up credentials that can be repeated
        self.clock: Clock = clock or Clock()
        self.switches: Switches = switches or Switches()
        self.log: list[Entry] = []
        self.client_key: str = f"{dice.getrandbits(128):032x}"
        self.partner_key: str = f"{dice.getrandbits(128):032x}"
        self.secret_key: str = f"{dice.getrandbits(256):064x}"
        self.partner_secret: str = f"{dice.getrandbits(256):064x}"
        self.add_on: AddOn = AddOn(
            client_id=random_text(dice, 20),
            client_secret=random_text(dice, 40),
            redirect_uri="https://add-on.example/install",
            partner_host="partner.myshoptet.com",
        )
        self.kaufland: Kaufland = Kaufland(
            self.clock,
            self.switches,
            {self.client_key: self.secret_key},
            {self.partner_key: self.partner_secret},
        )
        self.shoptet: Shoptet = Shoptet(self.clock, self.switches, dice, data.contact(), self.add_on)
        self.faults: Faults = Faults({"kaufland": self.kaufland, "shoptet": self.shoptet})
        self.post: Post = Post(self.clock, self.faults.deliveries)
        self.kaufland.push.post = self.shoptet.post = self.post
        buyers = Random(f"buyers {seed}")  # noqa: S311 - orders that can be repeated
        self.kaufland.buy = partial(data.order_offer, self.kaufland, buyers)
        self.kaufland.drift = partial(data.order_on_kaufland, self.kaufland, buyers)
        self.shoptet.drift = partial(data.order_in_shop, self.shoptet, buyers)
        data.furnish_market(self.kaufland)
        data.furnish_shop(self.shoptet)

    @classmethod
    def demo(
        cls, *facts: str, clock: Clock | None = None, seed: int = 0, switches: Switches | None = None
    ) -> Sandbox:
        """A sandbox with a small catalogue in both APIs and Kaufland orders: of the named facts, or of all.

        Raises:
            KeyError: There is no fact with this name.
        """
        made = cls(clock, seed, switches)
        data.fill_catalogue(made.kaufland, made.shoptet, data.ARTICLES)
        data.fill_pages(made.shoptet, data.ARTICLES)
        data.write_facts(made.kaufland, facts or data.FACTS)
        made._origin = lambda clock: cls.demo(*facts, clock=clock, seed=seed, switches=switches)
        return made

    @classmethod
    def generated(
        cls,
        products: int = 1000,
        orders: int = 200,
        *,
        clock: Clock | None = None,
        seed: int = 0,
        switches: Switches | None = None,
    ) -> Sandbox:
        """A sandbox with a shop by chance: the same seed gives the same one.

        Args:
            products: How many products the shop has, up to a hundred thousand or so; each has one to six variants,
                most of which are offered on Kaufland, in different storefronts.
            orders: How many orders Kaufland has, of the last sixty days and in all statuses; the shop has a
                quarter as many of its own.
            clock: The clock that everything runs on; by default it stands at `START`.
            seed: Makes everything.
            switches: What to do where the vendors' documents are silent.
        """
        made = cls(clock, seed, switches)
        data.fill_assortment(made.kaufland, made.shoptet, products, seed)
        data.sell(made.kaufland, orders, seed)
        dice = Random(f"shop {seed}")  # noqa: S311 - orders that can be repeated
        codes = list(made.shoptet.variants)
        for _ in range(orders // 4):
            data.buy(made.shoptet, dice, codes)
        made._origin = lambda clock: cls.generated(
            products, orders, clock=clock, seed=seed, switches=switches
        )
        return made

    def again(self) -> Sandbox:
        """Another sandbox as this one was in the beginning, with the same credentials."""
        return self._origin(self.clock.anew())

    # -- credentials -------------------------------------------------------------------------------------

    @property
    def private_token(self) -> str:
        """The token for the header ``Shoptet-Private-API-Token``."""
        return self.shoptet.tokens.private

    @property
    def installation_code(self) -> str:
        """The code that the e-shop sends to the add-on when it is installed; good for one exchange."""
        return self.shoptet.tokens.code

    @property
    def oauth_token(self) -> str:
        """What the exchange of the installation code gives: the OAuth access token of the installation."""
        return self.shoptet.tokens.access

    @property
    def oauth_exchange_url(self) -> str:
        """Where the installation code is exchanged."""
        return f"https://{self.add_on.partner_host}/action/ApiOAuthServer/token"

    @property
    def oauth_token_url(self) -> str:
        """Where API tokens of thirty minutes are minted."""
        return f"https://{self.add_on.partner_host}/action/ApiOAuthServer/getAccessToken"

    # -- answering ---------------------------------------------------------------------------------------

    def handle(self, call: Call) -> Answer:
        """Answer a call; safe to use from several threads.

        Raises:
            Unanswered: A planned fault lets no answer through: `Unreached`, `Dropped` or `TimedOut`.
        """
        with self.connect(call) as connection:
            return connection.answer()

    def connect(self, call: Call) -> Connection:
        """Open a connection for one call, as a context manager.

        For transports that let time pass between the parts of a call, so that the limit of open connections
        and the locks of URLs are seen at work.
        """
        return Connection(self, call)

    def locate(self, call: Call) -> tuple[str, str]:
        """Which API a call is for, and its path there. Known by host, else by the first part of the path."""
        host, path = call.host, call.path
        if host in KAUFLAND_HOSTS or path.startswith("/kaufland/"):
            return "kaufland", path.removeprefix("/kaufland").removeprefix("/v2")
        if host.endswith(SHOPTET_DOMAIN) or path.startswith("/shoptet/"):
            return "shoptet", path.removeprefix("/shoptet")
        return "", path

    # -- the SDK's clients on this sandbox ---------------------------------------------------------------

    def kaufland_client(self) -> clients.Kaufland:
        """A blocking client of this sandbox's seller account."""
        from . import sdk

        return sdk.kaufland(self)

    def async_kaufland_client(self) -> clients.AsyncKaufland:
        """An asynchronous client of this sandbox's seller account."""
        from . import sdk

        return sdk.async_kaufland(self)

    def shoptet_client(self) -> clients.Shoptet:
        """A blocking client of this sandbox's e-shop."""
        from . import sdk

        return sdk.shoptet(self)

    def async_shoptet_client(self) -> clients.AsyncShoptet:
        """An asynchronous client of this sandbox's e-shop."""
        from . import sdk

        return sdk.async_shoptet(self)

    def shoptet_addon(self) -> clients.ShoptetAddon:
        """A blocking client that installs the add-on in this sandbox's e-shop."""
        from . import sdk

        return sdk.shoptet_addon(self)

    def async_shoptet_addon(self) -> clients.AsyncShoptetAddon:
        """An asynchronous client that installs the add-on in this sandbox's e-shop."""
        from . import sdk

        return sdk.async_shoptet_addon(self)

    def bridge(self, settings: Settings | None = None, ledger: Ledger | None = None) -> clients.Bridge:
        """A blocking bridge over both; by default with settings that fit and a ledger in memory."""
        from . import sdk

        return sdk.bridge(self, settings, ledger)

    def async_bridge(
        self, settings: Settings | None = None, ledger: Ledger | None = None
    ) -> clients.AsyncBridge:
        """An asynchronous bridge over both; by default with settings that fit and a ledger in memory."""
        from . import sdk

        return sdk.async_bridge(self, settings, ledger)

    def counts(self) -> Counter[tuple[str, str, str]]:
        """How many calls there were, by API, method and path."""
        return Counter(entry[:3] for entry in self.log)

    def _respond(self, call: Call) -> Answer:
        with self.clock.lock:
            self.clock.catch_up()
            api, path = self.locate(call)
            respond = {"kaufland": self.kaufland.answer, "shoptet": self.shoptet.answer}.get(api)
            if respond is None:
                return self._sent(call, Answer(status=404, body=b"This host is not part of the sandbox."))
            now = self.clock.now()
            try:
                given = self.faults.pass_through(api, call.method, path, now, lambda: respond(call, path))
            except Unanswered:
                self.log.append(Entry(api, call.method, path, None))
                raise
            return self._sent(call, given)

    def _sent(self, call: Call, given: Answer) -> Answer:
        api, path = self.locate(call)
        self.log.append(Entry(api, call.method, path, given.status))
        skew = {"kaufland": self.kaufland.skew, "shoptet": self.shoptet.skew}.get(api, timedelta())
        date = format_datetime(self.clock.now() + skew, usegmt=True)
        return evolve(given, headers={"date": date, **given.headers})


class Connection:
    """An open connection of one call; `answer` may be called once."""

    def __init__(self, sandbox: Sandbox, call: Call) -> None:
        self._sandbox = sandbox
        self._call = call
        self._turned_away: Answer | None = None

    def __enter__(self) -> Self:
        """Open it."""
        sandbox = self._sandbox
        if sandbox.locate(self._call)[0] == "shoptet":
            with sandbox.clock.lock:
                self._turned_away = sandbox.shoptet.enter(self._call)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        sandbox = self._sandbox
        if sandbox.locate(self._call)[0] == "shoptet" and self._turned_away is None:
            with sandbox.clock.lock:
                sandbox.shoptet.leave(self._call)

    def answer(self) -> Answer:
        """The answer to the call.

        Raises:
            Unanswered: A planned fault lets no answer through.
        """
        if self._turned_away is not None:
            return self._sandbox._sent(self._call, self._turned_away)
        return self._sandbox._respond(self._call)
