"""The clients: where values meet the network.

``Kaufland`` and ``Shoptet`` block, ``AsyncKaufland`` and ``AsyncShoptet`` are awaited; the operations are
the same, declared once. A client may be used by several threads, or by several tasks of one event loop.
"""

from __future__ import annotations

import copy
import logging
import os
import warnings
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Generator, Mapping
from contextlib import aclosing
from functools import cache, cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar, cast, overload

from ._core.address import takes_keys
from ._core.calling import Async, M, Sync
from ._core.exchange import Answered, Event, Policy, Retrying
from ._core.limits import Bucket, Limit, Pace, shared
from ._core.request import Reply, Request
from ._core.timing import Clock, SystemClock
from ._drivers import AsyncDriver, Driver, Line
from ._http import LARGEST, AsyncHttp, Authority, Http, TokenAuthority, Transport, Wire
from ._version import __version__
from .errors import MissingCredentials, SettingsError
from .kaufland.api import KAUFLAND, PLAYGROUND_URL
from .kaufland.resources import Resources as KauflandResources
from .shoptet.api import SHOPTET
from .shoptet.resources import Resources as ShoptetResources

if TYPE_CHECKING:
    from typing_extensions import TypeForm

    from ._core.answers import Started
    from ._core.api import Api
    from ._core.rows import RowLimits
    from .flows.doctor import Doctor
    from .flows.invoices import Invoices as InvoiceFlows
    from .flows.notifications import Notifications as NotificationFlows
    from .flows.offers import Offers as OfferFlows
    from .flows.orders import Orders as OrderFlows
    from .flows.plans import Plan, Report
    from .flows.products import Products as ProductFlows
    from .flows.reconcile import Reconcile as ReconcileFlows
    from .flows.returns import Returns as ReturnFlows
    from .flows.shop import Shop
    from .flows.statuses import Statuses as StatusFlows
    from .flows.sync import SyncReport
    from .ledger import Ledger
    from .settings import Settings
    from .shoptet.addon import Installation
    from .shoptet.jobs import Hint
    from .shoptet.resources.jobs import Job
    from .shoptet.tokens import AddonToken, PrivateToken, TokenStore

__all__ = [
    "AsyncBridge",
    "AsyncKaufland",
    "AsyncShoptet",
    "AsyncShoptetAddon",
    "Bridge",
    "Kaufland",
    "Shoptet",
    "ShoptetAddon",
]


def __dir__() -> list[str]:
    return __all__


T = TypeVar("T")

_log = logging.getLogger("kaufland_shoptet")


@cache
def user_agent_by_default() -> str:
    """How the clients name themselves; Kaufland asks own developments to begin like this."""
    return f"Inhouse_development kaufland-shoptet/{__version__}"


def _logged(event: Event) -> None:
    match event:
        case Answered():
            _log.debug("%s: %s in %.3f s", event.request, event.status, event.seconds)
        case Retrying():
            _log.warning("%s; again in %.1f s", event.error, event.seconds)
        case _:
            pass


def _reply_itself(request: Request[Any], reply: Reply) -> Reply:
    if not 200 <= reply.status < 300:
        raise request.endpoint.api.refusal(request, reply)
    return reply


class _Client(Generic[M]):
    """What all clients share: how they are opened, bound and copied. ``_open`` is what differs."""

    _driver: Any

    def _open(
        self,
        api: Api,
        base_url: str,
        headers: Mapping[str, str],
        authority: Authority | TokenAuthority,
        limit: Limit,
        in_flight: int,
        options: _Options,
    ) -> None:
        raise NotImplementedError

    def options(self, *, timeout: float | None = None, attempts: int | None = None) -> Self:
        """A light copy of this client with other patience; connections and limits stay shared.

        Args:
            timeout: Seconds to wait for a connection, for each read and each write.
            attempts: How often a request is tried in all, when trying again is safe.

        Raises:
            ValueError: A number cannot be.
        """
        changes = {"timeout": timeout, "attempts": attempts}
        policy = self._driver.policy._replace(**{k: v for k, v in changes.items() if v is not None})
        _above_zero(timeout=policy.timeout)
        _from_one(attempts=policy.attempts)
        twin = copy.copy(self)
        # Resources know whom they belong to, so the copy makes its own.
        twin.__dict__ = {name: value for name, value in vars(self).items() if name.startswith("_")}
        twin._driver = self._driver.with_policy(policy)
        return twin

    _base_url: str

    def __repr__(self) -> str:
        return f"<{type(self).__name__} at {self._base_url}>"


class _Options:
    """The arguments that all clients take, with their defaults in one place."""

    def __init__(
        self,
        *,
        timeout: float,
        attempts: int,
        transport: Transport | None,
        clock: Clock | None,
        on_event: Callable[[Event], None] | None,
        largest: int = LARGEST,
    ) -> None:
        _above_zero(timeout=timeout)
        _from_one(attempts=attempts, largest=largest)
        self.policy = Policy(timeout, attempts)
        self.largest = largest
        self.transport = transport
        self.clock = clock or SystemClock()
        self.notify = on_event or _logged


class Blocking(_Client[Sync]):
    """The blocking half of a client."""

    _driver: Driver

    def _open(
        self,
        api: Api,
        base_url: str,
        headers: Mapping[str, str],
        authority: Authority | TokenAuthority,
        limit: Limit,
        in_flight: int,
        options: _Options,
    ) -> None:
        http = Http(base_url, headers, authority, options.transport, options.largest)
        line = Line(http, limit, in_flight, options.notify)
        self._base_url = base_url
        self._driver = Driver({api: line}, options.policy, options.clock)

    def run(self, flow: Awaitable[T], /) -> T:
        """Carry out a request or a flow and return its answer."""
        return self._driver.run(flow)

    def raw(self, request: Request[Any], /) -> Reply:
        """Send *request* and return the reply as it came, undecoded; errors are raised as ever."""
        return self._driver.exchange(request, _reply_itself)

    def close(self) -> None:
        """Close the connections."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class Asynchronous(_Client[Async]):
    """The asynchronous half of a client; asyncio and trio."""

    _driver: AsyncDriver

    def _open(
        self,
        api: Api,
        base_url: str,
        headers: Mapping[str, str],
        authority: Authority | TokenAuthority,
        limit: Limit,
        in_flight: int,
        options: _Options,
    ) -> None:
        http = AsyncHttp(base_url, headers, authority, options.transport, options.largest)
        line = Line(http, limit, in_flight, options.notify)
        self._base_url = base_url
        self._driver = AsyncDriver({api: line}, options.policy, options.clock)

    async def run(self, flow: Awaitable[T], /) -> T:
        """Carry out a request or a flow and return its answer."""
        return await self._driver.run(flow)

    async def raw(self, request: Request[Any], /) -> Reply:
        """Send *request* and return the reply as it came, undecoded; errors are raised as ever."""
        return await self._driver.exchange(request, _reply_itself)

    async def close(self) -> None:
        """Close the connections."""
        await self._driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class _Kaufland(KauflandResources[M], _Client[M]):
    """What both kinds of Kaufland client share."""

    def __init__(
        self,
        client_key: str | None = None,
        secret_key: str | None = None,
        *,
        partner_client_key: str | None = None,
        partner_secret_key: str | None = None,
        playground: bool = False,
        base_url: str | None = None,
        user_agent: str | None = None,
        requests_per_second: float = 103,
        in_flight: int = 8,
        timeout: float = 30,
        attempts: int = 5,
        largest: int = LARGEST,
        transport: Transport | None = None,
        clock: Clock | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        """Open a client of one seller account.

        Args:
            client_key: The client key; by default ``KAUFLAND_CLIENT_KEY`` of the environment.
            secret_key: The secret key; by default ``KAUFLAND_SECRET_KEY`` of the environment.
            partner_client_key: A technology partner's own client key.
            partner_secret_key: A technology partner's own secret key.
            playground: Talk to Kaufland's test system, for which the account has to be enabled.
            base_url: Another address, such as a local sandbox; by default ``KAUFLAND_BASE_URL`` of the
                environment, if it is set. Keys go there: https, or this machine itself.
            user_agent: How the software names itself.
            requests_per_second: The pace, shared by all clients of this process with this key; a little below
                the 111 that Kaufland allows, since networks do not keep distances.
            in_flight: Requests under way at once.
            timeout: Seconds to wait for a connection, for each read and each write.
            attempts: How often a request is tried in all, when trying again is safe.
            largest: Bytes of the largest answer that is read; files of jobs have limits of their own.
            transport: An httpx transport in place of the network.
            clock: Where the time comes from.
            on_event: Told of every attempt, answer and retry; by default they are logged.

        Raises:
            MissingCredentials: No key was given and the environment has none.
            SettingsError: A key, the address or the name of the software cannot be one.
            ValueError: A number cannot be.
        """
        from .kaufland.signing import Keys, Signer

        _above_zero(requests_per_second=requests_per_second)
        _from_one(in_flight=in_flight)
        shop = Keys(
            _credential("client_key", client_key, "KAUFLAND_CLIENT_KEY", _KAUFLAND_REMEDY, 32),
            _credential("secret_key", secret_key, "KAUFLAND_SECRET_KEY", _KAUFLAND_REMEDY, 64),
        )
        partner = None
        if partner_client_key is not None or partner_secret_key is not None:
            partner = Keys(
                _credential("partner_client_key", partner_client_key, None, _PARTNER_REMEDY, 32),
                _credential("partner_secret_key", partner_secret_key, None, _PARTNER_REMEDY, 64),
            )
        options = _Options(
            timeout=timeout,
            attempts=attempts,
            transport=transport,
            clock=clock,
            on_event=on_event,
            largest=largest,
        )
        usual = PLAYGROUND_URL if playground else KAUFLAND.base_url
        url = _base(base_url, None if transport else "KAUFLAND_BASE_URL", usual)
        self._open(
            KAUFLAND,
            url,
            {"Accept": "application/json", "User-Agent": _checked_agent(user_agent)},
            Signer(shop, partner, now=options.clock.now),
            shared(
                lambda: Pace(requests_per_second), shop.client_key, (url, requests_per_second, options.clock)
            ),
            in_flight,
            options,
        )


class Kaufland(_Kaufland[Sync], Blocking):
    """A blocking client of Kaufland's Seller API; each resource is an attribute.

    >>> from kaufland_shoptet import Sandbox
    >>> kaufland = Sandbox.demo().kaufland_client()
    >>> kaufland.status.ping().message
    'Never tell me the odds'
    """


class AsyncKaufland(_Kaufland[Async], Asynchronous):
    """An asynchronous client of Kaufland's Seller API; each resource is an attribute."""


class _Shoptet(ShoptetResources[M], _Client[M]):
    """What both kinds of Shoptet client share."""

    def __init__(
        self,
        private_token: str | None = None,
        *,
        oauth_token: str | None = None,
        token_url: str | None = None,
        token_store: TokenStore | None = None,
        base_url: str | None = None,
        user_agent: str | None = None,
        in_flight: int = 3,
        timeout: float = 30,
        attempts: int = 5,
        largest: int = LARGEST,
        transport: Transport | None = None,
        clock: Clock | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        """Open a client of one e-shop.

        Args:
            private_token: A private API token of a Premium e-shop; by default ``SHOPTET_PRIVATE_TOKEN`` of
                the environment, unless an OAuth token is given.
            oauth_token: An add-on's OAuth access token for this e-shop.
            token_url: Where the add-on's API tokens are minted, needed with ``oauth_token``.
            token_store: Keeps the add-on's API token; share one among all processes of an installation.
            base_url: Another address, such as a local sandbox; by default ``SHOPTET_BASE_URL`` of the
                environment, if it is set. Keys go there: https, or this machine itself.
            user_agent: How the software names itself.
            in_flight: Requests under way at once; Shoptet allows three connections to a token.
            timeout: Seconds to wait for a connection, for each read and each write.
            attempts: How often a request is tried in all, when trying again is safe.
            largest: Bytes of the largest answer that is read; files of jobs have limits of their own.
            transport: An httpx transport in place of the network.
            clock: Where the time comes from.
            on_event: Told of every attempt, answer and retry; by default they are logged.

        Raises:
            MissingCredentials: No token was given and the environment has none.
            SettingsError: A token, the address or the name of the software cannot be one.
            ValueError: A number cannot be.
        """
        _from_one(in_flight=in_flight)
        options = _Options(
            timeout=timeout,
            attempts=attempts,
            transport=transport,
            clock=clock,
            on_event=on_event,
            largest=largest,
        )
        from .shoptet.tokens import AddonToken, MemoryTokenStore, PrivateToken

        authority: PrivateToken | AddonToken
        if oauth_token is not None:
            if private_token is not None:
                raise MissingCredentials(
                    "private_token", "two kinds of token were given.", "Give one of the two."
                )
            mint = _credential("token_url", token_url, None, _ADDRESS_REMEDY)
            store = token_store or MemoryTokenStore()
            key = _credential("oauth_token", oauth_token, None, _SHOPTET_REMEDY)
            authority = AddonToken(key, mint, store, options.clock.now)
        else:
            key = _credential("private_token", private_token, "SHOPTET_PRIVATE_TOKEN", _SHOPTET_REMEDY)
            authority = PrivateToken(key)
        url = _base(base_url, None if transport else "SHOPTET_BASE_URL", SHOPTET.base_url)
        self._open(
            SHOPTET,
            url,
            {"Accept": "application/json", "User-Agent": _checked_agent(user_agent)},
            authority,
            shared(Bucket, key, (url, options.clock)),
            in_flight,
            options,
        )


class Shoptet(_Shoptet[Sync], Blocking):
    """A blocking client of Shoptet's API; each resource is an attribute.

    >>> from kaufland_shoptet import Sandbox
    >>> shoptet = Sandbox.demo().shoptet_client()
    >>> shoptet.eshop.get().contact_information.eshop_name
    'Ukázkový obchod'
    """

    @overload
    def rows(
        self, job: Started[T], /, *, finished: Hint = False, limits: RowLimits | None = None
    ) -> Generator[T, None, None]: ...
    @overload
    def rows(
        self,
        job: Job | str,
        row: TypeForm[T],
        /,
        *,
        finished: Hint = False,
        limits: RowLimits | None = None,
    ) -> Generator[T, None, None]: ...
    def rows(
        self,
        job: Started[Any] | Job | str,
        row: TypeForm[Any] | None = None,
        /,
        *,
        finished: Hint = False,
        limits: RowLimits | None = None,
    ) -> Generator[Any, None, None]:
        """Wait for a job, then give the rows of its result one at a time, while the file is still coming.

        Nothing is asked for before the first row is. A connection that breaks is taken up again, and no row
        is given twice. Memory does not grow with the file. The file is fetched without the token.

        Args:
            job: What started it; or the job itself or its number, together with *row*.
            row: What one row decodes to, such as ``Order`` for ``orders.snapshot``.
            finished: Whether the ``job:finished`` webhook came; see :func:`.shoptet.jobs.wait`.
            limits: How large the file may be.

        Raises:
            TypeError: The job has no rows, only a log; or *row* is no type that JSON decodes to.
            JobFailed: The job failed, was killed, or its result expired.
            JobUnfinished: It is not done after the last look.
            ResultError: The file is cut, damaged, too large or not what was promised; names the row.
        """
        from .shoptet.jobs import download, row_of, wait

        kind = row_of(job, row)

        def rows() -> Generator[Any, None, None]:
            found = self.run(wait(job, finished=finished))
            yield from self._driver.download(download(found, kind, limits, self._driver.policy), SHOPTET)

        return rows()


class AsyncShoptet(_Shoptet[Async], Asynchronous):
    """An asynchronous client of Shoptet's API; each resource is an attribute."""

    @overload
    def rows(
        self, job: Started[T], /, *, finished: Hint = False, limits: RowLimits | None = None
    ) -> AsyncGenerator[T, None]: ...
    @overload
    def rows(
        self,
        job: Job | str,
        row: TypeForm[T],
        /,
        *,
        finished: Hint = False,
        limits: RowLimits | None = None,
    ) -> AsyncGenerator[T, None]: ...
    def rows(
        self,
        job: Started[Any] | Job | str,
        row: TypeForm[Any] | None = None,
        /,
        *,
        finished: Hint = False,
        limits: RowLimits | None = None,
    ) -> AsyncGenerator[Any, None]:
        """Wait for a job, then give the rows of its result one at a time; see :meth:`Shoptet.rows`.

        Who may stop early closes it: ``async with contextlib.aclosing(shoptet.rows(started)) as rows``.
        """
        from .shoptet.jobs import download, row_of, wait

        kind = row_of(job, row)

        async def rows() -> AsyncGenerator[Any, None]:
            found = await self.run(wait(job, finished=finished))
            file = download(found, kind, limits, self._driver.policy)
            async with aclosing(self._driver.download(file, SHOPTET)) as coming:
                async for each in coming:
                    yield each

        return rows()


class _Nobody:
    """Vouches for nothing: the request carries its own secrets."""

    def headers(self, wire: Wire) -> dict[str, str]:
        """No headers."""
        return {}


class _NoLimit:
    """A server whose limits nobody knows."""

    def delay(self, now: float) -> float:
        """No wait."""
        return 0.0

    def learn(self, headers: Mapping[str, str], now: float) -> None:
        """Nothing to learn."""


class _ShoptetAddon(_Client[M]):
    """What both kinds of add-on client share."""

    def __init__(
        self,
        client_id: str,
        client_secret: str | None = None,
        *,
        redirect_uri: str,
        exchange_url: str,
        timeout: float = 4,
        transport: Transport | None = None,
        clock: Clock | None = None,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        """Open a client of the OAuth server that serves a partner's add-on.

        Args:
            client_id: The add-on's client id.
            client_secret: The add-on's client secret; old partners have none.
            redirect_uri: The installation address registered for the add-on.
            exchange_url: ``https://…/action/ApiOAuthServer/token`` on the partner's domain.
            timeout: Seconds to wait; Shoptet itself waits five for the whole installation.
            transport: An httpx transport in place of the network.
            clock: Where the time comes from.
            on_event: Told of every attempt, answer and retry; by default they are logged.
        """
        from .shoptet.addon import SHOPTET_OAUTH, split

        options = _Options(timeout=timeout, attempts=1, transport=transport, clock=clock, on_event=on_event)
        headers = {"Accept": "application/json"}
        self._open(SHOPTET_OAUTH, split(exchange_url), headers, _Nobody(), _NoLimit(), 8, options)
        self._credentials: dict[str, Any] = {
            "client_id": client_id,
            "client_secret": client_secret,
            "redirect_uri": redirect_uri,
        }


class ShoptetAddon(_ShoptetAddon[Sync], Blocking):
    """Installs an add-on in e-shops; blocking.

    >>> from kaufland_shoptet import Sandbox
    >>> sandbox = Sandbox()
    >>> installation = sandbox.shoptet_addon().install(sandbox.installation_code)
    >>> shoptet = Shoptet(oauth_token=installation.access_token, token_url="https://…")  # doctest: +SKIP
    >>> installation.scope
    'api'
    """

    def install(self, code: str) -> Installation:
        """Exchange the code of an installation for its OAuth token. A code is good for one exchange."""
        from .shoptet.addon import exchange_code

        return self.run(exchange_code(code, **self._credentials))


class AsyncShoptetAddon(_ShoptetAddon[Async], Asynchronous):
    """Installs an add-on in e-shops; asynchronous."""

    async def install(self, code: str) -> Installation:
        """Exchange the code of an installation for its OAuth token. A code is good for one exchange."""
        from .shoptet.addon import exchange_code

        return await self.run(exchange_code(code, **self._credentials))


class _Bridge(Generic[M]):
    """What both kinds of bridge share."""

    _sides: ClassVar[tuple[type[Any], type[Any]]]

    def __init__(
        self,
        kaufland: _Kaufland[M],
        shoptet: _Shoptet[M],
        settings: Settings,
        ledger: Ledger | None = None,
    ) -> None:
        """Join a seller account with an e-shop.

        Args:
            kaufland: A client of the seller account.
            shoptet: A client of the e-shop; of the same kind, blocking or asynchronous.
            settings: How this shop wants it.
            ledger: Where it is written what was done; by default the SQLite file of the settings.

        Raises:
            TypeError: Something else was given in the place of a client or of the settings.
        """
        from .settings import Settings

        for name, given, due in (
            ("kaufland", kaufland, self._sides[0]),
            ("shoptet", shoptet, self._sides[1]),
            ("settings", settings, Settings),
        ):
            if not isinstance(given, due):
                raise TypeError(
                    f"{name} is of type {type(given).__name__}: {type(self).__name__} takes {due.__name__}"
                )
        self.settings = settings
        if ledger is None:
            from .ledger import SqliteLedger

            ledger = SqliteLedger(settings.ledger_path, settings.shop.name)
        self.ledger: Ledger = ledger
        self._connect(kaufland, shoptet)

    def _connect(self, kaufland: Any, shoptet: Any) -> None:
        raise NotImplementedError

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.settings.shop.name}>"

    @property
    def _shop(self) -> Shop:
        from .flows.shop import Shop

        return Shop(self.settings, self.ledger)

    def _applied(self, plan: Plan) -> Awaitable[Report]:
        from .flows.table import entry

        return entry(plan.flow).applied(self._shop, plan)

    def _synchronised(
        self, flows: Collection[str] | None, dry_run: bool, max_writes: int | None
    ) -> Awaitable[SyncReport]:
        from .flows.sync import synchronise

        return synchronise(self._shop, flows=flows, dry_run=dry_run, max_writes=max_writes)

    @cached_property
    def doctor(self) -> Doctor[M]:
        """Holds the settings against both sides."""
        from .flows.doctor import Doctor

        return Doctor(cast("Any", self), self._shop)

    @cached_property
    def orders(self) -> OrderFlows[M]:
        """Import of Kaufland orders into Shoptet."""
        from .flows.orders import Orders

        return Orders(cast("Any", self), self._shop)

    @cached_property
    def statuses(self) -> StatusFlows[M]:
        """Statuses of imported orders, both ways."""
        from .flows.statuses import Statuses

        return Statuses(cast("Any", self), self._shop)

    @cached_property
    def returns(self) -> ReturnFlows[M]:
        """Returns told in the shop, decisions on them, and refunds."""
        from .flows.returns import Returns

        return Returns(cast("Any", self), self._shop)

    @cached_property
    def invoices(self) -> InvoiceFlows[M]:
        """The shop's invoices for Kaufland's buyers."""
        from .flows.invoices import Invoices

        return Invoices(cast("Any", self), self._shop)

    @cached_property
    def products(self) -> ProductFlows[M]:
        """The shop's products as Kaufland's product data."""
        from .flows.products import Products

        return Products(cast("Any", self), self._shop)

    @cached_property
    def reconcile(self) -> ReconcileFlows[M]:
        """Both sides and the ledger beside each other, and the deadlines that Kaufland sets."""
        from .flows.reconcile import Reconcile

        return Reconcile(cast("Any", self), self._shop)

    @cached_property
    def offers(self) -> OfferFlows[M]:
        """Prices and stock of Kaufland's offers."""
        from .flows.offers import Offers

        return Offers(cast("Any", self), self._shop)

    @cached_property
    def notifications(self) -> NotificationFlows[M]:
        """Subscriptions to what both sides report."""
        from .flows.notifications import Notifications

        return Notifications(cast("Any", self), self._shop)


class Bridge(_Bridge[Sync]):
    """A seller account and an e-shop, joined by settings and a ledger; blocking.

    >>> from kaufland_shoptet import Sandbox
    >>> bridge = Sandbox.demo().bridge()
    >>> plan = bridge.orders.plan()
    >>> bridge.apply(plan).good
    True
    """

    _sides = (Kaufland, Shoptet)
    _driver: Driver

    def _connect(self, kaufland: Kaufland, shoptet: Shoptet) -> None:
        self._driver = kaufland._driver.joined(shoptet._driver)

    def run(self, flow: Awaitable[T], /) -> T:
        """Carry out a request to either API, or a flow over both, and return its answer."""
        return self._driver.run(flow)

    def apply(self, plan: Plan) -> Report:
        """Write what *plan* says and nothing else; safe to repeat, also after a crash."""
        return self.run(self._applied(plan))

    def sync(
        self, *, flows: Collection[str] | None = None, dry_run: bool = False, max_writes: int | None = None
    ) -> SyncReport:
        """Do everything that the settings switch on, one flow after the other; see :mod:`.flows.sync`.

        Args:
            flows: Names of flows, to run only these of them; by default all that are on.
            dry_run: Plan only.
            max_writes: Most changes to write; what is left is done by the next run.
        """
        return self.run(self._synchronised(flows, dry_run, max_writes))


class AsyncBridge(_Bridge[Async]):
    """A seller account and an e-shop, joined by settings and a ledger; asynchronous."""

    _sides = (AsyncKaufland, AsyncShoptet)
    _driver: AsyncDriver

    def _connect(self, kaufland: AsyncKaufland, shoptet: AsyncShoptet) -> None:
        self._driver = kaufland._driver.joined(shoptet._driver)

    async def run(self, flow: Awaitable[T], /) -> T:
        """Carry out a request to either API, or a flow over both, and return its answer."""
        return await self._driver.run(flow)

    async def apply(self, plan: Plan) -> Report:
        """Write what *plan* says and nothing else; safe to repeat, also after a crash."""
        return await self.run(self._applied(plan))

    async def sync(
        self, *, flows: Collection[str] | None = None, dry_run: bool = False, max_writes: int | None = None
    ) -> SyncReport:
        """Do everything that the settings switch on, one flow after the other; see :meth:`Bridge.sync`."""
        return await self.run(self._synchronised(flows, dry_run, max_writes))


_KAUFLAND_REMEDY = (
    "The two keys stand in the Seller Portal under Shop Settings, API; use the pair that exists, other "
    "tools may depend on it."
)
_PARTNER_REMEDY = "A technology partner gets both keys from Kaufland on registration; give both or none."
_SHOPTET_REMEDY = (
    "A Premium e-shop makes private tokens in its administration under Connections, Private API; an add-on "
    "gives oauth_token and token_url instead."
)
_ADDRESS_REMEDY = (
    "Give the address that ends in /action/ApiOAuthServer/getAccessToken, on the e-shop's or on the "
    "partner's domain."
)


def _credential(name: str, given: str | None, variable: str | None, remedy: str, length: int = 0) -> str:
    """Take a credential as given or from the environment; its value is never repeated to anybody."""
    value = (given if given is not None else os.environ.get(variable or "", "")).strip()
    if not value:
        source = f" and {variable} is not set" if variable else ""
        raise MissingCredentials(name, f"nothing was given{source}.", remedy)
    if not value.isascii() or not value.isprintable() or " " in value:
        raise SettingsError(
            name,
            "there is a character in it that does not belong there.",
            "Copy it again, without blanks and line breaks.",
        )
    if length and len(value) != length:
        warnings.warn(
            f"{name} has {len(value)} characters where {length} are usual; check that all of it was copied",
            stacklevel=3,  # where the client was made
        )
    return value


def _above_zero(**numbers: Any) -> None:
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < float("inf"):
            raise ValueError(f"{name} is {value!r}: give a number above 0")


def _from_one(**numbers: Any) -> None:
    for name, value in numbers.items():
        if type(value) is not int or value < 1:
            raise ValueError(f"{name} is {value!r}: give a whole number, 1 or more")


def _base(given: str | None, variable: str | None, usual: str) -> str:
    """The address that was given, that of the environment, or the usual one."""
    found = os.environ.get(variable, "").strip() if variable and given is None else ""
    url = given if given is not None else found or usual
    if not takes_keys(url):
        raise SettingsError(
            variable if found and variable else "base_url",
            "this is not an address that keys may be sent to.",
            "Write https://…, or http:// and this machine itself, without user, password, ? and #.",
        )
    return url


def _checked_agent(name: str | None) -> str:
    if not name:
        return user_agent_by_default()
    if not name.strip() or not name.isascii() or not name.isprintable():
        raise SettingsError(
            "user_agent",
            "this is no name that a header can carry.",
            "Write it in plain letters, on one line.",
        )
    return name.strip()
