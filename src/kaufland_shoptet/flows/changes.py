"""What a plan can contain: one class for each kind of change, as plain data.

A change says what will be written, about what, and why. It holds no buyer's data.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from attrs import field, frozen

from ..mapping.products import SafetyContact

__all__ = [
    "CHANGES",
    "CancelUnit",
    "Change",
    "CompleteOrder",
    "CreateOffer",
    "FulfilUnit",
    "ImportOrder",
    "IssueCreditNote",
    "PublishProduct",
    "Redirect",
    "Remark",
    "Revive",
    "SendUnit",
    "SetStatus",
    "Subscribe",
    "SubscriptionChange",
    "TellCancelled",
    "UpdateOffer",
    "UploadInvoice",
]


def __dir__() -> list[str]:
    return __all__


@frozen(kw_only=True)
class Change:
    """Base of all changes.

    Attributes:
        subject: What it is about: an order number, a unit, an offer.
        storefront: Storefront code, lower case.
        reason: Why it is done.
        notes: What else is worth knowing, such as what was clipped or guessed on the way.
    """

    verb: ClassVar[str]
    """What is done, in one word."""

    subject: str
    storefront: str
    reason: str
    notes: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """What exactly will be written, in a few words."""
        raise NotImplementedError

    @property
    def row(self) -> tuple[str, str, str, str, str]:
        """The columns of a printed plan: verb, subject, storefront, what, why."""
        why = "; ".join((self.reason, *self.notes))
        return self.verb, self.subject, self.storefront, self.what, why


@frozen(kw_only=True)
class ImportOrder(Change):
    """A Kaufland order becomes a Shoptet order. The subject is Kaufland's order number.

    Attributes:
        lines: What is in it: amount and variant code of each product line.
        units: Unit ids of each product line.
        total: What the customer paid, in minor units of ``currency``.
        status: Shoptet status id, or ``None`` for the shop's default.
        shipping: GUID of the Shoptet shipping method.
        payment: GUID of the Shoptet payment method.
        fingerprint: Digest of everything that would be sent, buyer's data included; it tells at apply
            time whether the order or the settings have changed since.
        codes: Codes of variants by EAN, for its pieces that name no offer code of the shop.
        unknown: Its offer codes that the shop does not have.
    """

    verb: ClassVar[str] = "import"

    lines: tuple[str, ...]
    units: tuple[tuple[int, ...], ...]
    total: int
    currency: str
    status: int | None
    shipping: str
    payment: str
    fingerprint: str = field(repr=False)
    codes: Mapping[str, tuple[str, ...]] = field(factory=dict[str, tuple[str, ...]])
    unknown: tuple[str, ...] = ()

    @property
    def what(self) -> str:
        """The lines and the total."""
        return f"{', '.join(self.lines)} = {amount(self.total, self.currency)}"


@frozen(kw_only=True)
class CompleteOrder(Change):
    """A reservation gets the address that Kaufland gives by now. The subject is Kaufland's order number.

    Attributes:
        code: Shoptet's order code.
        fingerprint: Digest of what would be sent; it tells at apply time whether the order has changed since.
    """

    verb: ClassVar[str] = "complete"

    code: str
    fingerprint: str = field(repr=False)

    @property
    def what(self) -> str:
        """The order."""
        return f"contacts and addresses of {self.code}"


@frozen(kw_only=True)
class SetStatus(Change):
    """An order of the shop gets the status that Kaufland's says. The subject is Kaufland's order number.

    Attributes:
        code: Shoptet's order code.
        before: Id of the status that it has, or ``None``.
        after: Id of the status that it gets.
        name: What the shop calls that status.
        label: What Kaufland says, in the words of the merchant's table.
    """

    verb: ClassVar[str] = "status"

    code: str
    before: int | None
    after: int
    name: str
    label: str

    @property
    def what(self) -> str:
        """The order and both statuses."""
        return f"{self.code}: {self.before} to {self.after} {self.name}"


@frozen(kw_only=True)
class TellCancelled(Change):
    """The history of an order of the shop tells of a cancelled piece. The subject is Kaufland's order unit.

    Attributes:
        unit: The unit.
        order: Kaufland's order number.
        code: Shoptet's order code.
        text: The remark.
    """

    verb: ClassVar[str] = "tell"

    unit: int
    order: str
    code: str
    text: str

    @property
    def what(self) -> str:
        """The order and the remark."""
        return f"{self.code}: {self.text}"


@frozen(kw_only=True)
class UnitChange(Change):
    """Base of what is done to one order unit of Kaufland. The subject is the unit.

    Attributes:
        unit: The unit.
        order: Kaufland's order number.
        code: Shoptet's order code.
    """

    unit: int
    order: str
    code: str

    @property
    def what(self) -> str:
        """The two orders."""
        return f"of {self.order}, {self.code} in the shop"


@frozen(kw_only=True)
class SendUnit(UnitChange):
    """A unit is reported to Kaufland as sent.

    Attributes:
        tracking: Tracking numbers, joined by commas; empty for the carrier ``Other`` only.
        carrier: The carrier, as Kaufland calls it.
    """

    verb: ClassVar[str] = "send"

    tracking: str
    carrier: str

    @property
    def what(self) -> str:
        """The two orders and the parcel."""
        return f"{super().what}: {self.carrier} {self.tracking}".rstrip()


@frozen(kw_only=True)
class CancelUnit(UnitChange):
    """A unit is cancelled on Kaufland, and its buyer refunded.

    Attributes:
        cause: The reason that Kaufland is given.
    """

    verb: ClassVar[str] = "cancel"

    cause: str

    @property
    def what(self) -> str:
        """The two orders and the reason."""
        return f"{super().what}: {self.cause}"


@frozen(kw_only=True)
class FulfilUnit(UnitChange):
    """An open unit is taken into fulfilment before its first 15 minutes are over."""

    verb: ClassVar[str] = "fulfil"


@frozen(kw_only=True)
class UpdateOffer(Change):
    """An offer on Kaufland changes. The subject is its ``id_offer``; what changes is a pair of old and new.

    Attributes:
        id_unit: Kaufland's unit.
        currency: Of the prices.
        listed: The price that the offer has, in minor units.
        amount: Pieces.
        price: In minor units.
        handling_time: Business days.
        status: ``AVAILABLE`` or ``ONHOLD``.
        minimum_price: In minor units; lets Kaufland lower the price by itself.
        rules: Digest of the settings that it follows from.
    """

    verb: ClassVar[str] = "offer"

    id_unit: int
    currency: str
    listed: int
    amount: tuple[int, int] | None = None
    price: tuple[int, int] | None = None
    handling_time: tuple[int, int] | None = None
    status: tuple[str, str] | None = None
    minimum_price: tuple[int | None, int] | None = None
    rules: str = field(default="", repr=False)

    @property
    def what(self) -> str:
        """Everything that changes, from old to new."""
        parts: list[str] = []
        if self.amount is not None:
            parts.append("{} to {} pieces".format(*self.amount))
        if self.price is not None:
            old, new = self.price
            parts.append(f"{amount(old, '').strip()} to {amount(new, self.currency)}")
        if self.handling_time is not None:
            parts.append("{} to {} days".format(*self.handling_time))
        if self.status is not None:
            parts.append("{} to {}".format(*self.status))
        if self.minimum_price is not None:
            parts.append(f"down to {amount(self.minimum_price[1], self.currency)} by Smart Pricing")
        return ", ".join(parts)


@frozen(kw_only=True)
class CreateOffer(Change):
    """A variant is offered on Kaufland. The subject is its code, which becomes ``id_offer``.

    Attributes:
        ean: EAN of the product.
        currency: Of the prices.
        amount: Pieces.
        price: In minor units.
        handling_time: Business days.
        condition: Condition of the goods.
        shipping_group: Id of the shipping group.
        warehouse: Id of the warehouse, or ``None`` for the account's default.
        minimum_price: In minor units; lets Kaufland lower the price by itself.
        again: Whether it was offered before and is gone.
        rules: Digest of the settings that it follows from.
    """

    verb: ClassVar[str] = "create"

    ean: str
    currency: str
    amount: int
    price: int
    handling_time: int
    condition: str
    shipping_group: int
    warehouse: int | None = None
    minimum_price: int | None = None
    again: bool = False
    rules: str = field(default="", repr=False)

    @property
    def what(self) -> str:
        """Product, pieces and price."""
        return f"EAN {self.ean}, {self.amount} pieces at {amount(self.price, self.currency)}"


@frozen(kw_only=True)
class SubscriptionChange(Change):
    """Base of what is done so that a side reports an event. The subject is the event.

    Attributes:
        api: Which side: ``kaufland`` or ``shoptet``.
        host: The host of the address that will be called.
        fingerprint: Digest of the address, which may hold a secret.
    """

    api: str
    host: str
    fingerprint: str = field(repr=False)

    @property
    def what(self) -> str:
        """Who will tell whom."""
        return f"{self.api} tells {self.host}"


@frozen(kw_only=True)
class Subscribe(SubscriptionChange):
    """An event is subscribed to that nobody is told of."""

    verb: ClassVar[str] = "subscribe"


@frozen(kw_only=True)
class Revive(SubscriptionChange):
    """A subscription that was switched off is switched on again."""

    verb: ClassVar[str] = "revive"


@frozen(kw_only=True)
class Redirect(SubscriptionChange):
    """An event that another address is told of is told to ours instead."""

    verb: ClassVar[str] = "redirect"


@frozen(kw_only=True)
class Remark(Change):
    """The history of an order of the shop gets a remark on a return. The subject is the return unit.

    Attributes:
        unit: The return unit.
        order: Kaufland's order number.
        code: Shoptet's order code.
        status: What the return unit is, in Kaufland's word; each is remarked on once.
        text: The remark.
    """

    verb: ClassVar[str] = "remark"

    unit: int
    order: str
    code: str
    status: str
    text: str

    @property
    def what(self) -> str:
        """The order and the remark."""
        return f"{self.code}: {self.text}"


@frozen(kw_only=True)
class IssueCreditNote(Change):
    """The shop issues a credit note for a piece that came back. The subject is the return unit.

    Attributes:
        unit: The return unit.
        piece: The order unit.
        order: Kaufland's order number.
        code: Shoptet's order code.
        invoice: Shoptet's invoice code.
        item: Number of the line in the invoice.
        article: The code of the article, if it is known.
        total: What is credited, in minor units of ``currency``.
    """

    verb: ClassVar[str] = "credit"

    unit: int
    piece: int
    order: str
    code: str
    invoice: str
    item: int
    article: str | None
    total: int
    currency: str

    @property
    def what(self) -> str:
        """The piece and the invoice."""
        return f"1 x {self.article or self.piece} of {self.invoice}: {amount(self.total, self.currency)}"


@frozen(kw_only=True)
class UploadInvoice(Change):
    """An invoice of the shop is given to Kaufland, for its buyer. The subject is Kaufland's order number.

    Attributes:
        code: Shoptet's order code.
        invoice: Shoptet's invoice code.
        name: What the file is called.
    """

    verb: ClassVar[str] = "invoice"

    code: str
    invoice: str
    name: str

    @property
    def what(self) -> str:
        """The invoice, its order and its file."""
        return f"{self.invoice} of {self.code} as {self.name}"


@frozen(kw_only=True)
class PublishProduct(Change):
    """Product data of a variant go to Kaufland. The subject is the variant's code.

    Attributes:
        ean: EAN of the product.
        locale: Language and country of the texts.
        attributes: Values by name.
        contact: Who answers for the safety of the product.
        replace: Whether everything that was sent for it before is replaced, or only what is sent now.
        again: Whether it is sent although exactly this was sent before.
        fingerprint: Digest of what the shop has, without what Kaufland decides; it tells whether the product
            was sent already.
    """

    verb: ClassVar[str] = "publish"

    ean: str
    locale: str
    attributes: Mapping[str, tuple[str, ...]] = field(repr=False)
    contact: SafetyContact | None = field(default=None, repr=False)
    replace: bool = True
    again: bool = False
    fingerprint: str = field(repr=False)

    @property
    def what(self) -> str:
        """EAN, language and title."""
        return f"{self.ean} {self.locale}: {next(iter(self.attributes.get('title', ())), '')}"


CHANGES: Final[Mapping[str, type[Change]]] = {
    change.verb: change
    for change in (
        ImportOrder,
        CompleteOrder,
        SetStatus,
        TellCancelled,
        SendUnit,
        CancelUnit,
        FulfilUnit,
        UpdateOffer,
        CreateOffer,
        Subscribe,
        Revive,
        Redirect,
        Remark,
        IssueCreditNote,
        UploadInvoice,
        PublishProduct,
    )
}
"""Every kind of change, by its verb."""


def amount(minor: int, currency: str) -> str:
    """Minor units as people read them.

    >>> amount(159600, "CZK")
    '1596.00 CZK'
    """
    sign, whole = ("-", -minor) if minor < 0 else ("", minor)
    return f"{sign}{whole // 100}.{whole % 100:02d} {currency}"
