"""Two sides and a bridge, what everybody may do there, and what has to be true when all is quiet again."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any, Final

import anyio

from kaufland_shoptet import Bridge, Sandbox, Settings, SqliteLedger
from kaufland_shoptet.errors import KauflandShoptetError
from kaufland_shoptet.mapping.prices import convert
from kaufland_shoptet.mapping.returns import credit_words
from kaufland_shoptet.mapping.storefronts import STOREFRONTS
from kaufland_shoptet.sandbox import Fault, Switches
from kaufland_shoptet.sandbox.data import GUIDS, Good, Scribe, articles, fill_catalogue
from kaufland_shoptet.sandbox.data.facts import PACKETA
from kaufland_shoptet.sandbox.kaufland.market import Order, Piece

from . import mortal

COEFFICIENTS: Final = ("0.0398", "0.0402", "0.0379")
ARTICLES: Final = articles(4)
WAITING, SENT_IN_SHOP, DELIVERED, RETURNED, CANCELLED = 26, 52, -3, 70, -4
ORDER_OF_STATUSES: Final = (-1, WAITING, SENT_IN_SHOP, DELIVERED, RETURNED, CANCELLED)
CAUSE: Final = "NoInventory"
"""Why the bridge cancels; customer service has another reason."""

_SHOP: Final = """
[shop]
name = "Proof"

[ledger]
path = "proof.sqlite"
"""
_FRONT: Final = """
[storefront.{code}]
import_orders = true
shipping = {{ default = "{shipping}", by_pickup = {{ Packeta = "{packeta}" }} }}
payment = "{payment}"
pull_statuses = true
push_statuses = true
remark_returns = true
upload_invoices = true
credit_returns = true
sync_offers = true
sync_prices = true

[storefront.{code}.statuses]
pending = -1
not_dispatched = 26
dispatched = 52
delivered = -3
returned = 70
cancelled = -4

[storefront.{code}.dispatch]
carriers = {{ ppl = "PPL" }}
cancel = true
cancel_reason = "{cause}"

[storefront.{code}.stock]
share_to_zero = "1"

[storefront.{code}.prices]
{coefficient}
max_change = "1000"
max_run_change = "1000"
"""


def settings(coefficient: str) -> Settings:
    """Everything is on, in two storefronts; prices of one are converted."""
    fronts = {"cz": "", "sk": f'coefficient = "{coefficient}"'}
    return Settings.loads(
        _SHOP
        + "".join(
            _FRONT.format(
                code=code,
                coefficient=line,
                cause=CAUSE,
                shipping=GUIDS["shipping"],
                packeta=GUIDS["packeta"],
                payment=GUIDS["payment"],
            )
            for code, line in fronts.items()
        )
    )


class World:
    """A sandbox that people live in, and a bridge that is started again whenever it died.

    What each side is told to do is counted where it takes effect, not where it is asked for.
    """

    def __init__(self, folder: Path, switches: Switches | None = None) -> None:
        self.sandbox = Sandbox(switches=switches)
        fill_catalogue(self.sandbox.kaufland, self.sandbox.shoptet, ARTICLES, ("cz", "sk"))
        self.sandbox.shoptet.settings["negativeStockAmount"] = "allowed"
        self.settings = settings(COEFFICIENTS[0])
        self.ledger = SqliteLedger(folder / "ledger.sqlite", "Proof")
        self.deaths = 0
        self.sent: Counter[int] = Counter()
        self.cancelled: Counter[int] = Counter()
        self.cancelled_in_shop: set[str] = set()
        self.parcels: dict[str, str] = {}
        self.refunds: dict[str, tuple[int, int]] = {}
        self.steps_back: list[tuple[str, int, int]] = []
        self._scribe = Scribe(self.sandbox.kaufland)
        self._numbers = iter(range(1, 1000))
        self._by_bridge = False
        self._bridge: Bridge | None = None
        self._process = mortal.Process()
        self._watch()

    def _watch(self) -> None:
        market, shop = self.sandbox.kaufland, self.sandbox.shoptet
        touch, set_status = market.touch, shop.set_status

        def touched(piece: Piece, status: str) -> None:
            if self._by_bridge:
                self.sent[piece.id] += status == "sent"
                self.cancelled[piece.id] += status == "cancelled"
            touch(piece, status)

        def moved(order: Any, number: int, **options: Any) -> list[str]:
            if self._by_bridge and ORDER_OF_STATUSES.index(number) < ORDER_OF_STATUSES.index(order.status):
                self.steps_back.append((order.code, order.status, number))
            return set_status(order, number, **options)

        market.touch, shop.set_status = touched, moved  # type: ignore[method-assign]

    @contextmanager
    def _somebody_else(self):
        """What happens now is not the bridge's doing, even if it happens while the bridge runs."""
        before, self._by_bridge = self._by_bridge, False
        try:
            yield
        finally:
            self._by_bridge = before

    # What there is.

    @property
    def orders(self) -> list[Order]:
        """All orders on Kaufland, in the order in which they came."""
        return list(self.sandbox.kaufland.orders.values())

    @property
    def in_shop(self) -> dict[str, Any]:
        """The orders of the shop by Kaufland's number."""
        return {order.row["externalCode"]: order for order in self.sandbox.shoptet.orders.values()}

    def pieces(self, *statuses: str) -> list[Piece]:
        """The units that are so."""
        return [piece for piece in self.sandbox.kaufland.pieces.values() if piece.status in statuses]

    def waiting(self) -> Counter[str]:
        """Pieces by code that Kaufland has sold and the shop does not know of."""
        known = self.in_shop
        waiting = self.pieces("open", "need_to_be_sent")
        return Counter(piece.facts["id_offer"] for piece in waiting if piece.order not in known)

    # What customers do.

    def order(self, front: str, goods: list[tuple[int, int, int]], *, pickup: bool, voucher: bool) -> None:
        """Somebody orders pieces of offers that are on sale: which, how many, and in how many parcels paid."""
        with self._somebody_else():
            chosen: list[Good] = []
            for place, number, shipping in goods:
                code = ARTICLES[place].code
                offer = next(each for each in self.sandbox.kaufland.named(code) if each.storefront == front)
                if offer.amount >= number:
                    rates = (shipping, *(0,) * (number - 1))
                    off = 500 if voucher else 0
                    chosen.append(Good(code, offer.facts["listing_price"], rates, _vat(front), off))
            if chosen:
                made = self._scribe.order(
                    f"MP{next(self._numbers):05d}",
                    front,
                    chosen,
                    status="open",
                    ordered=self.sandbox.clock.now(),
                    pickup=PACKETA if pickup else None,
                )
                self.sandbox.kaufland.place(made)

    def send_back(self, choice: int) -> None:
        """A buyer sends a piece back, and it arrives."""
        desk = self.sandbox.kaufland
        coming = {unit.order_unit for unit in desk.return_units.values()}
        possible = [piece for piece in self.pieces("received") if piece.id not in coming]
        if possible:
            piece = possible[choice % len(possible)]
            desk.receive_return(desk.begin_return(piece.id).id)

    # What the merchant does.

    def _imported(self, *statuses: int) -> list[Any]:
        return [order for order in self.in_shop.values() if order.status in statuses]

    def _set(self, order: Any, status: int) -> None:
        shop = self.sandbox.shoptet
        shop.set_status(order, status, mails=False, documents=False)  # invoices are issued by hand
        shop.note_change(order)

    def dispatch(self, choice: int) -> None:
        """The merchant hands in a parcel and says so."""
        possible = self._imported(-1, WAITING)
        if possible:
            order = possible[choice % len(possible)]
            number = f"8{len(self.parcels):05d}"
            self.parcels[order.row["externalCode"]] = number
            self.sandbox.shoptet.ship(order.code, number)
            self._set(order, SENT_IN_SHOP)

    def cancel_in_shop(self, choice: int) -> None:
        """The merchant cannot deliver."""
        possible = self._imported(-1, WAITING)
        if possible:
            order = possible[choice % len(possible)]
            self.cancelled_in_shop.add(order.row["externalCode"])
            self._set(order, CANCELLED)

    def edit(self, choice: int) -> None:
        """The merchant writes a note into an order, just when its status is about to change."""
        codes = list(self.sandbox.shoptet.orders)
        if codes:
            self.sandbox.shoptet.edit(codes[choice % len(codes)])

    def issue_invoice(self, choice: int) -> None:
        """The merchant issues an invoice, one for each order."""
        shop = self.sandbox.shoptet
        issued = {invoice.order for invoice in shop.invoices.values()}
        possible = [code for code in shop.orders if code not in issued]
        if possible:
            shop.issue_invoice(possible[choice % len(possible)])

    def count(self, place: int, pieces: int) -> None:
        """The merchant counts, or sells over the counter."""
        self.sandbox.shoptet.set_stock(ARTICLES[place].code, Decimal(pieces))

    def reprice(self, place: int, crowns: int) -> None:
        """The merchant asks another price."""
        self.sandbox.shoptet.prices[1][ARTICLES[place].code].price = Decimal(crowns)

    def exchange(self, coefficient: str) -> None:
        """The merchant converts his prices differently; the bridge is started with the new settings."""
        self.settings = settings(coefficient)
        self._bridge = None

    # What the marketplace does.

    def deliver(self, choice: int) -> None:
        """A parcel arrives."""
        possible = self.pieces("sent", "sent_and_autopaid")
        if possible:
            self.sandbox.kaufland.deliver(possible[choice % len(possible)].id)

    def autopay(self, choice: int) -> None:
        """The seller is paid for a unit."""
        possible = self.pieces("sent")
        if possible:
            self.sandbox.kaufland.autopay(possible[choice % len(possible)].id)

    def cancel_by_service(self, choice: int, *, whole: bool) -> None:
        """Customer service cancels a unit, or its whole order."""
        with self._somebody_else():
            possible = self.pieces("open", "need_to_be_sent")
            if possible:
                piece = possible[choice % len(possible)]
                only = [each.id for each in possible if each.order == piece.order] if whole else [piece.id]
                self.sandbox.kaufland.cancel(piece.order, "NoReaction", only=only)

    # What the bridge does.

    def run(self, what: str, *, asynchronous: bool = False) -> bool:
        """One run of everything or of one flow; whether it came to a good end. It may die on the way."""
        self._by_bridge = True
        struck = len(self.sandbox.faults.struck)
        try:
            good = self._async_run(what) if asynchronous else self._run(what)
        except KauflandShoptetError:
            good = False
        except mortal.Killed:
            self.deaths += 1
            self._process, self._bridge = mortal.Process(), None
            good = False
        finally:
            self._by_bridge = False
            self._process.doom(None)
        if good and what in ("sync", "offers") and struck == len(self.sandbox.faults.struck):
            self._check_stock()
        return good

    def _run(self, what: str) -> bool:
        bridge = self._opened()
        return bridge.sync().good if what == "sync" else bridge.sync(flows=[what]).good

    def _async_run(self, what: str) -> bool:
        async def run() -> bool:
            bridge = mortal.async_bridge(self.sandbox, self.settings, self.ledger, self._process)
            report = await (bridge.sync() if what == "sync" else bridge.sync(flows=[what]))
            return report.good

        return anyio.run(run)

    def _opened(self) -> Bridge:
        if self._bridge is None:
            self._bridge = mortal.bridge(self.sandbox, self.settings, self.ledger, self._process)
        return self._bridge

    def refund(self, choice: int) -> None:
        """Somebody pays a part of a unit back, under a name; perhaps not for the first time."""
        pieces = self.pieces("sent", "received", "returned")
        if not pieces:
            return
        piece = pieces[choice % len(pieces)]
        key = f"C-{piece.id}"
        amount = self.refunds.setdefault(key, (piece.id, 100 + choice))[1]
        self._by_bridge = True
        try:
            self._opened().returns.refund(piece.id, amount, "defect", key=key)
        except KauflandShoptetError:
            pass
        except mortal.Killed:
            self.deaths += 1
            self._process, self._bridge = mortal.Process(), None
        finally:
            self._by_bridge = False
            self._process.doom(None)

    # What goes wrong.

    def doom(self, steps: int, *, after: bool) -> None:
        """The next run dies at that step, if it comes so far."""
        self._process.doom(steps, after=after)

    def plan_fault(self, fault: Fault) -> None:
        """Something goes wrong with one of the next calls."""
        self.sandbox.faults.add(fault)

    def storm(self, rate: float, seed: int) -> None:
        """From now on many calls fail."""
        self.sandbox.faults.random(rate, seed)

    def meanwhile(self, action: partial[None], fault: Fault) -> None:
        """Something happens between two calls of a run."""
        self.sandbox.faults.before(action, fault)

    def pass_time(self, minutes: int) -> None:
        """The clock goes on."""
        self.sandbox.clock.advance(timedelta(minutes=minutes))

    def happened(self) -> dict[str, int]:
        """How much of everything there was."""
        return {
            "orders": len(self.orders),
            "imported": len(self.in_shop),
            "units sent": sum(self.sent.values()),
            "units cancelled": sum(self.cancelled.values()),
            "returns": len(self.sandbox.kaufland.returns),
            "refunds": len(self.sandbox.kaufland.refunds),
            "invoices": sum(len(order.invoices) for order in self.orders),
            "credit notes": len(self.sandbox.shoptet.credit_notes),
            "calls": len(self.sandbox.log),
            "faults": len(self.sandbox.faults.struck),
            "deaths": self.deaths,
        }

    # What has to be true.

    def calm_down(self) -> None:
        """Nothing goes wrong any more; after some runs there is nothing left to do."""
        self.sandbox.faults.clear()
        for _ in range(3):
            self.pass_time(61)
            good = self.run("sync")
        assert good
        left = self._opened().sync(dry_run=True)
        assert not [str(each.plan) for each in left.flows if each.plan and each.plan.changes]

    def check(self) -> None:
        """Hold both sides and the ledger against each other."""
        self._check_orders()
        self._check_units()
        self._check_statuses()
        self._check_returns()
        self._check_offers()
        self._check_limits()
        since = self.sandbox.clock.now() - timedelta(days=60)
        compared = self._opened().reconcile.report(since)
        told = ("cancelled since the import", "refund")  # what only a person can settle
        assert all(any(words in str(each) for words in told) for each in compared.findings), str(compared)

    def _check_orders(self) -> None:
        """Each exactly once, with all its pieces, to the cent; the ledger says so too."""
        shop = self.in_shop
        assert len(shop) == len(self.sandbox.shoptet.orders)
        alive = {order.id for order in self.orders if any(p.status != "cancelled" for p in order.pieces)}
        assert alive <= set(shop) <= {order.id for order in self.orders}
        entries = {entry.id_order: entry for entry in self.ledger.orders()}
        assert {entry.id_order for entry in entries.values() if entry.state == "imported"} == set(shop)
        assert not [entry for entry in entries.values() if entry.state == "intended"]
        for number, made in shop.items():
            order, entry = self.sandbox.kaufland.orders[number], entries[number]
            bought = [unit for line in entry.lines for unit in line]
            assert sorted([*bought, *entry.cancelled]) == [piece.id for piece in order.pieces]
            paid = sum(_paid(piece) for piece in order.pieces if piece.id in bought)
            assert entry.code == made.code
            assert entry.total == paid == Decimal(made.row["price"]["withVat"]) * 100
            taken = sum(amount for _, amount in made.takes)
            assert taken == len(bought)
        repeated = [
            e for e in self.sandbox.log if e[:3] == ("shoptet", "POST", "/api/orders") and e[3] == 422
        ]
        assert not repeated  # it was always looked for before it was sent again
        assert not self.sandbox.shoptet.mails

    def _check_units(self) -> None:
        """None sent or cancelled twice, or without the merchant's word; all of those that should."""
        assert set(self.sent.values()) | set(self.cancelled.values()) <= {0, 1}
        parcels = {each.id_order_unit: each for each in self.sandbox.kaufland.shipments}
        assert len(parcels) == len(self.sandbox.kaufland.shipments)
        for piece in self.sandbox.kaufland.pieces.values():
            if self.sent[piece.id]:
                assert parcels[piece.id].tracking_numbers == self.parcels[piece.order]
                assert parcels[piece.id].carrier == "PPL"
            if self.cancelled[piece.id]:
                assert piece.order in self.cancelled_in_shop
                assert piece.cancel_reason == CAUSE
        shop = self.in_shop
        for piece in self.pieces("open", "need_to_be_sent"):
            assert shop[piece.order].status == WAITING
        for kind, count in (("send", self.sent), ("cancel", self.cancelled)):
            done = {int(each.key) for each in self.ledger.actions(kind) if each.state == "done"}
            assert done == {unit for unit, number in count.items() if number}
            assert not [each for each in self.ledger.actions(kind) if each.state == "intended"]

    def _check_statuses(self) -> None:
        """The shop follows, and never goes back."""
        assert not self.steps_back
        for number, made in self.in_shop.items():
            statuses = {piece.status for piece in self.sandbox.kaufland.orders[number].pieces}
            alive = statuses - {"cancelled"}
            if not alive:
                assert made.status == CANCELLED
            elif alive <= {"returned", "returned_paid"}:
                assert made.status == RETURNED
            elif alive <= {"received", "returned", "returned_paid"}:
                assert made.status == DELIVERED

    def _check_returns(self) -> None:
        """Each told once for each status, each invoice there once, each refund paid at most once."""
        for made in self.in_shop.values():
            texts = [row["text"] for row in made.history]
            assert len(texts) == len(set(texts))
        shop = self.in_shop
        issued = {invoice.order for invoice in self.sandbox.shoptet.invoices.values()}
        for order in self.orders:
            wanted = order.id in shop and shop[order.id].code in issued
            gone = all(piece.status == "cancelled" for piece in order.pieces)  # nothing to invoice any more
            assert len(order.invoices) in ({0, 1} if gone else {wanted})
        self._check_credits(issued)
        paid = Counter(each.id_order_unit for each in self.sandbox.kaufland.refunds)
        states = {each.key: each.state for each in self.ledger.actions("refund")}
        for key, (unit, _) in self.refunds.items():
            possible = {"done": {1}, "refused": {0}, "intended": {0, 1}, None: {0}}[states.get(key)]
            assert paid[unit] in possible

    def _check_credits(self, issued: set[str]) -> None:
        """Each piece that came back and was accepted is credited once, and what was paid for it."""
        desk, shop = self.sandbox.kaufland, self.in_shop
        notes = {note.reason: note for note in self.sandbox.shoptet.credit_notes.values()}
        assert len(notes) == len(self.sandbox.shoptet.credit_notes)
        due = 0
        for unit in desk.return_units.values():
            piece = desk.pieces[unit.order_unit]
            accepted = piece.status in {"returned", "returned_paid"} and not piece.discounts
            if accepted and shop[piece.order].code in issued:
                note = notes[credit_words(piece.order, piece.id, unit.id)]
                (row,) = note.items
                assert Decimal(row["itemPrice"]["withVat"]) * 100 == -piece.price
                due += 1
        assert len(notes) == due

    def _check_stock(self) -> None:
        """After a good run no more is offered than the shop has and has not sold."""
        waiting = self.waiting()
        for offer in self.sandbox.kaufland.offers.values():
            stock = self.sandbox.shoptet.variants[str(offer.id_offer)].stock or Decimal(0)
            assert offer.amount == max(0, int(stock) - waiting[str(offer.id_offer)])

    def _check_offers(self) -> None:
        """Stock and prices are the shop's."""
        self._check_stock()
        for offer in self.sandbox.kaufland.offers.values():
            rule = self.settings.storefront(offer.storefront).prices.rule(
                "CZK", STOREFRONTS[offer.storefront].currency
            )
            asked = self.sandbox.shoptet.prices[1][str(offer.id_offer)].price
            assert offer.facts["listing_price"] == convert(asked, rule)

    def _check_limits(self) -> None:
        """No limit was ever overstepped: what was turned away was turned away by a fault."""
        sandbox = self.sandbox
        assert all(window.peak <= window.limit for window in sandbox.kaufland.windows.values())
        assert sandbox.shoptet.lines.peak <= sandbox.switches.connections
        turned_away = Counter(entry.api for entry in sandbox.log if entry.status in (423, 429))
        faults = Counter(each.api for each in sandbox.faults.struck if each.kind[:3] in ("423", "429"))
        assert turned_away == faults


def _vat(front: str) -> str:
    return {"cz": "21", "sk": "23"}[front]


def _paid(piece: Piece) -> int:
    return piece.total - sum(row["discount_value"] for row in piece.discounts)
