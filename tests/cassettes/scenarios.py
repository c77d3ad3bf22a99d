"""What is recorded: for each family of resources a script that reads, and for some another one that writes.

A script is a flow, so both kinds of client run it: a recorder against a server, a test against a cassette. It finds
the numbers it needs in what was answered before, and so fits any shop. Where it ends with a job, the rows of the job
are read after it.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any, NamedTuple

from kaufland_shoptet import Listing, Sandbox, Started
from kaufland_shoptet import kaufland as k
from kaufland_shoptet import shoptet as s
from kaufland_shoptet.errors import ApiError
from kaufland_shoptet.kaufland.resources.categories import CategoryQuery, CategoryQueryItem
from kaufland_shoptet.kaufland.resources.product_data import ProductDataAttributes, ProductDataSheet
from kaufland_shoptet.kaufland.resources.returns import ReturnUnitRequest
from kaufland_shoptet.kaufland.resources.tickets import TicketReply
from kaufland_shoptet.kaufland.resources.units import BulkUnitUpdate, UnitCreate, UnitPatch
from kaufland_shoptet.shoptet.resources.customers import (
    CustomerBillingAddressUpdate,
    CustomerCreate,
    CustomerCreateAccount,
)
from kaufland_shoptet.shoptet.resources.orders import (
    OrderCreate,
    OrderCreateBillingAddress,
    OrderCreateCurrency,
    OrderItemCreate,
    OrderNotesUpdate,
)
from kaufland_shoptet.shoptet.resources.webhooks import WebhookRegistration

CANARY = "Canary"
"""In each value that stands for a person's, in what is recorded; it may be in no cassette."""

PHONE = "+420606999888"
EMAIL = "canary@canary.example"
HOOK = "https://hooks.example/in"


class Scenario(NamedTuple):
    """One cassette: a script, whether it writes, and what has to be in the sandbox for it."""

    api: str
    name: str
    script: Callable[[], Awaitable[Any]]
    writes: bool
    prepare: Callable[[Sandbox], object]


SCENARIOS: list[Scenario] = []


def nothing(_: Sandbox) -> None:
    """There is enough in the sandbox."""


def scenario(
    api: str, *, writes: bool = False, prepare: Callable[[Sandbox], object] = nothing
) -> Callable[[Callable[[], Awaitable[Any]]], Callable[[], Awaitable[Any]]]:
    """Make a script known, by the name of its function."""

    def add(script: Callable[[], Awaitable[Any]]) -> Callable[[], Awaitable[Any]]:
        name = script.__name__.removeprefix(f"{api}_")
        SCENARIOS.append(Scenario(api, name, script, writes, prepare))
        return script

    return add


async def told(request: Awaitable[Any]) -> Any:
    """The answer, or the refusal as a text."""
    try:
        return await request
    except ApiError as error:
        return f"{type(error).__name__}: {error}"


async def first(rows: Listing[Any], get: Callable[[Any], Awaitable[Any]]) -> list[Any]:
    """The first page of a list, and its first row whole."""
    page = await rows.sized(3).page()
    return [page, *[await get(row) for row in page.items[:1]]]


# -- what there is to record ---------------------------------------------------------------------------------


def furnished() -> Sandbox:
    """The sandbox that is recorded: every known order, and buyers and a merchant whose data can be told."""
    sandbox = Sandbox.demo()
    for order in sandbox.kaufland.orders.values():
        for address in (order.billing, order.shipping):
            told = ("first_name", "last_name", "street", "house_number", "postcode", "city")
            address.update({key: f"{CANARY} {key}" for key in told})
            address["phone"] = PHONE if address["phone"] else None
        order.buyer = {**order.buyer, "email": EMAIL}
        if order.pickup and order.pickup["dhl_post_number"]:
            order.pickup = {**order.pickup, "dhl_post_number": f"{CANARY} 9999"}
    for warehouse in sandbox.kaufland.warehouses:
        warehouse["address"] |= {"street": f"{CANARY} Street", "city": f"{CANARY} City", "phone": PHONE}
    sandbox.shoptet.contact |= {"contactPerson": f"{CANARY} Person", "email": EMAIL, "phone": PHONE}
    sandbox.shoptet.billing |= {"billingName": f"{CANARY} Ltd", "phone": PHONE, "email": EMAIL}
    return sandbox


def imported(sandbox: Sandbox) -> None:
    """Kaufland's orders are in the shop."""
    bridge = sandbox.bridge()
    bridge.apply(bridge.orders.plan())


def invoiced(sandbox: Sandbox) -> None:
    """There are an invoice and a shipment of the first order."""
    imported(sandbox)
    code = next(iter(sandbox.shoptet.orders))
    sandbox.shoptet.issue_invoice(code)
    sandbox.shoptet.ship(code, "80001", "80002")


def hooked(sandbox: Sandbox) -> None:
    """The shop tells of jobs that are done."""
    imported(sandbox)
    sandbox.shoptet_client().webhooks.register([WebhookRegistration(event="job:finished", url=HOOK)])


def subscribed(sandbox: Sandbox) -> None:
    """The seller is told of new orders."""
    sandbox.kaufland_client().subscriptions.create(
        callback_url=HOOK, fallback_email=EMAIL, event_name="order_new", storefront="cz"
    )


def sent_back(sandbox: Sandbox) -> None:
    """Two parcels are on their way back; one has arrived."""
    for id_order in ("MST2R16", "MA1B2C3"):
        for piece in sandbox.kaufland.orders[id_order].pieces[:1]:
            sandbox.kaufland.deliver(piece.id)
            parcel = sandbox.kaufland.begin_return(piece.id, note=f"{CANARY} has a broken handle")
    sandbox.kaufland.receive_return(parcel.id)


def delivered(sandbox: Sandbox) -> None:
    """Somebody has an order at home."""
    for piece in sandbox.kaufland.orders["MA1B2C3"].pieces:
        sandbox.kaufland.deliver(piece.id)


# -- Kaufland ------------------------------------------------------------------------------------------------


@scenario("kaufland")
async def kaufland_info() -> Any:
    """What is the same for every seller, and what this one has set up."""
    groups = await k.ShippingGroups.list(storefront="cz").page()
    return [
        await k.Status.ping(),
        await k.Info.storefronts(),
        await k.Info.locales(),
        await k.Info.vat_indicators(storefront="cz"),
        await k.Carriers.list(),
        await k.Warehouses.list().page(),
        groups,
        *[await k.ShippingGroups.get(groups.items[0].id_shipping_group, storefront="cz")][: len(groups)],
    ]


@scenario("kaufland")
async def kaufland_orders() -> Any:
    """The first pages of all orders, and three of them whole."""
    orders = k.Orders.list(storefront="cz").sized(5)
    page = await orders.page()
    further = await orders.page(5)
    embedded = ("order_invoices", "delivery")
    return [
        page,
        further,
        *[await k.Orders.get(order.id_order, embedded=embedded) for order in page.items[:3]],
    ]


@scenario("kaufland")
async def kaufland_order_units() -> Any:
    """Units that wait to be sent, and one whole."""
    page = await k.OrderUnits.list(storefront="cz", status=["need_to_be_sent"]).sized(5).page()
    units = [unit.id_order_unit for unit in page.items[:1]]
    return [page, *[await k.OrderUnits.get(unit, embedded=["delivery", "shipping_group"]) for unit in units]]


@scenario("kaufland", writes=True)
async def kaufland_order_units_write() -> Any:
    """A unit is sent, another cancelled, a third refunded before it is due, which is refused."""
    page = await k.OrderUnits.list(storefront="cz", status=["need_to_be_sent"]).sized(3).page()
    one, two, three = (unit.id_order_unit for unit in page)
    return [
        await k.OrderUnits.send(one, tracking_numbers="80001", carrier_code="PPL"),
        await k.OrderUnits.cancel(two, reason="GeneralAdjustment"),
        await told(k.OrderUnits.refund(three, amount=100, reason="defect")),
        await k.OrderUnits.get(one),
    ]


@scenario("kaufland")
async def kaufland_units() -> Any:
    """Offers of one storefront, and one by its number."""
    page = await k.Units.list(storefront="cz", embedded=["products"]).sized(4).page()
    return [page, *[await k.Units.get(unit.id_unit, storefront="cz") for unit in page.items[:1]]]


@scenario("kaufland", writes=True)
async def kaufland_units_write() -> Any:
    """An offer comes, changes alone and among others, and goes."""
    page = await k.Units.list(storefront="cz").sized(2).page()
    known, other = page
    group = (await k.ShippingGroups.list(storefront="cz").page()).items[0].id_shipping_group
    new = UnitCreate(
        ean="8594059271518", condition="NEW", listing_price=49_900, amount=3, handling_time=1,
        id_shipping_group=group, id_offer="SHP-NEW",
    )  # fmt: skip
    created = await k.Units.create(new, storefront="cz")
    return [
        created,
        await k.Units.update(known.id_unit, UnitPatch(amount=7), storefront="cz"),
        await k.Units.bulk_update(
            [BulkUnitUpdate(id_unit=each, unit_data=UnitPatch(amount=1)) for each in (other.id_unit, 1)],
            storefront="cz",
        ),
        await k.Units.delete(int(created.id or 0), storefront="cz"),
    ]


@scenario("kaufland")
async def kaufland_products() -> Any:
    """A product as buyers see it, its data as they were given, and categories."""
    units = await k.Units.list(storefront="cz", embedded=["products"]).sized(1).page()
    products = [unit.product for unit in units if unit.product]
    eans = [product.eans[0] for product in products]
    towel = CategoryQueryItem(title="Ručník", description="Bavlna", manufacturer="Alva")
    return [
        *[await k.Categories.get(product.id_category, storefront="cz") for product in products],
        await k.Categories.decide(CategoryQuery(item=towel, price=24_900), storefront="cz"),
        *[await k.Products.by_ean(ean, storefront="cz", embedded=["category"]) for ean in eans],
        *[await told(k.ProductData.get(ean, locale="cs-CZ")) for ean in eans],
        *[await told(k.ProductData.status(ean, locale="cs-CZ")) for ean in eans],
        await k.ProductData.import_files().page(),
    ]


@scenario("kaufland", prepare=sent_back)
async def kaufland_returns() -> Any:
    """Returns and what is in them."""
    returns = await k.Returns.list().sized(5).page()
    units = await k.ReturnUnits.list().sized(5).page()
    return [
        returns,
        units,
        *[
            await k.Returns.get(each.id_return, embedded=["buyer", "return_units"])
            for each in returns.items[:1]
        ],
        *[await k.ReturnUnits.get(each.id_return_unit, embedded=["order_unit"]) for each in units.items[:1]],
    ]


@scenario("kaufland", writes=True, prepare=sent_back)
async def kaufland_returns_write() -> Any:
    """A piece that came back is accepted; a return is begun for the buyer."""
    (unit,) = await k.ReturnUnits.list(status=["return_arrived"]).sized(1).page()
    (other,) = (await k.OrderUnits.list(storefront="cz", status=["received"]).sized(1).page()).items[:1]
    request = ReturnUnitRequest(id_order_unit=other.id_order_unit, reason="defect", note=f"{CANARY} called")
    return [await k.ReturnUnits.accept(unit.id_return_unit), await told(k.Returns.create([request]))]


@scenario("kaufland", prepare=subscribed)
async def kaufland_subscriptions() -> Any:
    """What the seller is told of."""
    page = await k.Subscriptions.list().page()
    return [page, *[await k.Subscriptions.get(each.id_subscription) for each in page.items[:1]]]


@scenario("kaufland", writes=True)
async def kaufland_subscriptions_write() -> Any:
    """A subscription comes, moves and goes."""
    made = await k.Subscriptions.create(
        callback_url=HOOK, fallback_email=EMAIL, event_name="order_new", storefront="cz"
    )
    number = int(made.id or 0)
    return [
        made,
        await k.Subscriptions.update(number, callback_url=f"{HOOK}/2"),
        await k.Subscriptions.delete(number),
    ]


@scenario("kaufland")
async def kaufland_order_invoices() -> Any:
    """Invoices that buyers can open."""
    page = await k.OrderInvoices.list().page()
    return [page, *[await k.OrderInvoices.get(each.id_order, each.id_invoice) for each in page.items[:1]]]


@scenario("kaufland", writes=True)
async def kaufland_order_invoices_write() -> Any:
    """An invoice is uploaded."""
    (order,) = (await k.Orders.list(storefront="cz").sized(1).page()).items[:1]
    pdf = b64encode(f"%PDF-1.4 {CANARY}".encode()).decode()
    return await k.OrderInvoices.upload(
        order.id_order, original_name=f"{CANARY}.pdf", mime_type="application/pdf", data=pdf
    )


@scenario("kaufland", writes=True)
async def kaufland_product_data_write() -> Any:
    """Data of a product are given, and asked for."""
    sheet = ProductDataSheet(ean=["8594059271518"], attributes=ProductDataAttributes(title=["Konvice"]))
    return [
        await k.ProductData.replace(sheet, locale="cs-CZ"),
        await k.ProductData.status("8594059271518", locale="cs-CZ"),
    ]


@scenario("kaufland")
async def kaufland_tickets() -> Any:
    """Conversations with buyers."""
    embedded = ("messages", "buyer", "order_units")
    return [
        *await first(k.Tickets.list(), lambda row: k.Tickets.get(row.id_ticket, embedded=embedded)),
        await k.Tickets.messages().sized(3).page(),
    ]


@scenario("kaufland", writes=True)
async def kaufland_tickets_write() -> Any:
    """A buyer is written to, twice."""
    (unit,) = await k.OrderUnits.list(storefront="cz", status=["need_to_be_sent"]).sized(1).page()
    made = await k.Tickets.open(
        id_order_unit=[unit.id_order_unit], reason="contact_other", message=f"{CANARY}, call {PHONE}"
    )
    reply = TicketReply(text=f"{CANARY}, write to {EMAIL}")
    return [made, await k.Tickets.reply(str(made.id), reply), await k.Tickets.get(str(made.id))]


@scenario("kaufland")
async def kaufland_reports() -> Any:
    """Reports and where their files are."""
    return await first(k.Reports.list(), lambda row: k.Reports.get(row.id_report))


@scenario("kaufland")
async def kaufland_vouchers() -> Any:
    """Vouchers and their products."""
    return [
        *await first(k.Vouchers.list(), lambda row: k.Vouchers.get(row.id_voucher)),
        *await first(k.Vouchers.list(), lambda row: k.Vouchers.products(row.id_voucher).sized(3).page()),
    ]


@scenario("kaufland")
async def kaufland_market() -> Any:
    """What others ask for the same, and what is missing in the assortment."""
    units = await k.Units.list(storefront="cz").sized(1).page()
    return [
        *[
            await k.Buybox.rankings(id_product=unit.id_product, storefront="cz", condition="new")
            for unit in units
            if unit.id_product
        ],
        await k.SimilarProducts.groups(storefront="cz").sized(3).page(),
        await k.AssortmentInsights.list().sized(3).page(),
    ]


@scenario("kaufland")
async def kaufland_attributes() -> Any:
    """Attributes of products."""
    return await first(
        k.Attributes.list(storefront="cz"), lambda row: k.Attributes.get(row.id, storefront="cz")
    )


@scenario("kaufland")
async def kaufland_contacts() -> Any:
    """Who answers for the safety of a product."""
    return [
        await told(k.ManufacturerContacts.get("Alva")),
        await told(k.ProductContacts.get("8590000001043")),
    ]


@scenario("kaufland")
async def kaufland_files() -> Any:
    """Files that were given for import."""
    return [
        *await first(
            k.ImportFiles.order_commands(), lambda row: k.ImportFiles.get_order_command(row.id_import_file)
        ),
        await k.ImportFiles.inventory_feeds(storefront="cz").sized(3).page(),
        await k.ImportFiles.inventory_commands(storefront="cz").sized(3).page(),
        await k.VariantSuggestions.import_files().sized(3).page(),
    ]


@scenario("kaufland")
async def kaufland_shipping_addresses() -> Any:
    """Where parcels go."""
    return await k.ShippingAddresses.list(storefront="cz").sized(5).page()


@scenario("kaufland")
async def kaufland_refusals() -> Any:
    """What there is not."""
    return [
        await told(k.Orders.get("MNOSUCH")),
        await told(k.OrderUnits.get(1)),
        await told(k.Units.get(1, storefront="cz")),
        await told(k.Products.by_ean("0000000000000", storefront="cz")),
    ]


# -- Shoptet -------------------------------------------------------------------------------------------------


@scenario("shoptet")
async def shoptet_eshop() -> Any:
    """The shop, its methods, statuses and rights."""
    return [
        await s.Eshop.get(include=["orderStatuses", "paymentMethods", "shippingMethods", "countries"]),
        await s.Eshop.customer_fields(),
        await s.Orders.statuses(),
        await s.Orders.sources(),
        await s.PaymentMethods.list(),
        await s.ShippingMethods.list(),
        await s.Endpoints.list(),
    ]


@scenario("shoptet", prepare=imported)
async def shoptet_orders() -> Any:
    """The first pages of all orders, and one whole, with its history."""
    orders = s.Orders.list().sized(5)
    page = await orders.page()
    some = page.items[:1]
    include = ("notes", "shippingDetails")
    return [
        page,
        await orders.page(5),
        *[await s.Orders.get(order.code, include=include) for order in some],
        *[await s.OrderHistory.list(order.code) for order in some],
        *[await s.Orders.changes(from_=order.creation_time).page() for order in some if order.creation_time],
    ]


@scenario("shoptet", writes=True)
async def shoptet_orders_write() -> Any:
    """An order comes once and not twice, changes, and goes."""
    methods = await s.ShippingMethods.list()
    payments = await s.PaymentMethods.list()
    product = (await s.Products.list().sized(1).page()).items[0]
    code = (await s.Products.get(product.guid)).variants[0].code
    price = {"vat_rate": Decimal("21.00")}
    order = OrderCreate(
        external_code="CASSETTE-1",
        email=EMAIL,
        phone=PHONE,
        payment_method_guid=payments.payment_methods[0].guid,
        shipping_guid=methods.shipping_methods[0].guid,
        billing_address=OrderCreateBillingAddress(
            full_name=f"{CANARY} Name", street=f"{CANARY} Street 1", city=f"{CANARY} City", zip=f"{CANARY} 1",
            country_code="CZ",
        ),
        currency=OrderCreateCurrency(code="CZK"),
        items=(
            OrderItemCreate(
                item_type="product", code=code, amount=Decimal(1), unit_price_with_vat=Decimal("10.00"), **price
            ),
            OrderItemCreate(item_type="shipping", name="Doprava", unit_price_with_vat=Decimal("99.00"), **price),
            OrderItemCreate(item_type="billing", name="Platba", unit_price_with_vat=Decimal("0.00"), **price),
        ),
    )  # fmt: skip
    create = s.Orders.create(order, suppress_email_sending=True, suppress_document_generation=True)
    made = await create
    own = made.data.code
    return [
        made,
        await told(create),
        await s.Orders.update_notes(own, OrderNotesUpdate(customer_remark=f"{CANARY} rings twice")),
        await s.OrderHistory.add(own, text=f"{CANARY} called"),
        await s.OrderHistory.list(own),
        await s.Orders.update_status(own, status_id=-4, suppress_email_sending=True),
        await s.Orders.delete(own),
    ]


@scenario("shoptet")
async def shoptet_products() -> Any:
    """Products as rows, one whole, and brands."""
    page = await s.Products.list().sized(5).page()
    include = ("images", "descriptiveParameters")
    return [
        page,
        *[await s.Products.get(row.guid, include=include) for row in page.items[:1]],
        await s.Brands.list().page(),
    ]


@scenario("shoptet")
async def shoptet_stocks() -> Any:
    """Stocks and what lies there."""
    stocks = await s.Stocks.list()
    first = stocks.stocks[0].id
    return [stocks, await s.Stocks.get(first), await s.Stocks.supplies(first).sized(10).page()]


@scenario("shoptet")
async def shoptet_pricelists() -> Any:
    """Price lists and prices."""
    lists = await s.Pricelists.list()
    return [lists, *[await s.Pricelists.prices(each.id).sized(10).page() for each in lists[:2]]]


@scenario("shoptet", prepare=hooked)
async def shoptet_jobs() -> Started[Any]:
    """Some orders, whole, by a job."""
    page = await s.Orders.list().sized(3).page()
    return await s.Orders.snapshot(include=["notes"], order_codes=[row.code for row in page])


@scenario("shoptet", prepare=hooked)
async def shoptet_webhooks() -> Any:
    """Where the shop tells what happens."""
    page = await s.Webhooks.list().page()
    return [page, *[await s.Webhooks.get(each.id) for each in page.items[:1]]]


@scenario("shoptet", writes=True)
async def shoptet_webhooks_write() -> Any:
    """A webhook comes and goes; the key that signs is made anew."""
    made = await s.Webhooks.register([WebhookRegistration(event="order:create", url=HOOK)])
    return [
        made,
        await s.Webhooks.renew_signature_key(),
        *[await s.Webhooks.update(each.id, url=f"{HOOK}/2") for each in made.data],
        *[await s.Webhooks.delete(each.id) for each in made.data],
    ]


@scenario("shoptet", prepare=invoiced)
async def shoptet_shipments() -> Any:
    """Parcels."""
    rows = await s.Shipments.list()
    return [rows, *[await s.Shipments.get(row.guid) for row in rows[:1]]]


@scenario("shoptet", prepare=invoiced)
async def shoptet_invoices() -> Any:
    """Invoices, one whole, and its file."""
    page = await s.Invoices.list().sized(5).page()
    some = page.items[:1]
    return [
        page,
        *[await s.Invoices.get(row.code) for row in some],
        *[bool(await s.Invoices.pdf(row.code)) for row in some],
        *[await s.Invoices.changes(from_=row.creation_time).page() for row in some],
    ]


@scenario("shoptet")
async def shoptet_customers() -> Any:
    """Customers, one whole, with accounts, addresses and remarks; groups and regions."""
    page = await s.Customers.list().sized(3).page()
    guids = [row.guid for row in page.items[:1]]
    return [
        page,
        *[await s.Customers.get(guid) for guid in guids],
        *[await s.CustomerAccounts.list(guid).page() for guid in guids],
        *[await s.CustomerDeliveryAddresses.list(guid).page() for guid in guids],
        *[await s.CustomerRemarks.list(guid).page() for guid in guids],
        await s.CustomerGroups.list(),
        await s.Customers.regions(),
    ]


@scenario("shoptet", writes=True)
async def shoptet_customers_write() -> Any:
    """A customer comes, gets a remark, and goes."""
    customer = CustomerCreate(
        remark=f"{CANARY} pays late",
        birth_date="1980-01-01",
        billing_address=CustomerBillingAddressUpdate(full_name=f"{CANARY} Name", street=f"{CANARY} Street"),
        account=CustomerCreateAccount(email=EMAIL, phone=PHONE),
    )
    made = await s.Customers.create(customer, suppress_mandatory_fields_check=True)
    guid = made.data.guid
    return [
        made,
        await s.CustomerRemarks.create(guid, rating="positive", remark=f"{CANARY} is kind"),
        await s.CustomerRemarks.list(guid).page(),
        await s.Customers.delete(guid),
    ]


@scenario("shoptet")
async def shoptet_categories() -> Any:
    """Categories, and those made by parameters."""
    return [
        *await first(s.Categories.list(), lambda row: s.Categories.get(row.guid)),
        await s.ParametricCategories.list().sized(3).page(),
    ]


@scenario("shoptet")
async def shoptet_properties() -> Any:
    """What products are described with."""
    return [
        *await first(s.FilteringParameters.list(), lambda row: s.FilteringParameters.get(row.code)),
        *await first(s.VariantParameters.list(), lambda row: s.VariantParameters.get(row.param_index)),
        *await first(s.SurchargeParameters.list(), lambda row: s.SurchargeParameters.get(row.code)),
        await s.Flags.list(),
        await s.ProductAvailabilities.list(),
        await s.Warranties.list(),
        await s.Units.list(),
        await s.MeasureUnits.list(),
        await s.ConsumptionTaxes.list(),
        await s.RecyclingFees.list(),
        await s.Suppliers.list().sized(3).page(),
    ]


@scenario("shoptet")
async def shoptet_together() -> Any:
    """What belongs to a product: other products, gifts, pictures."""
    guids = [row.guid for row in await s.Products.list().sized(1).page()]
    asked = [
        ask
        for guid in guids
        for ask in (
            s.RelatedProducts.list(guid),
            s.AlternativeProducts.list(guid),
            s.ProductGifts.list(guid),
            s.ProductImages.list(guid, "shop"),
        )
    ]
    return [await told(each) for each in asked]


@scenario("shoptet")
async def shoptet_documents() -> Any:
    """Documents other than invoices."""
    return [
        *await first(s.ProformaInvoices.list(), lambda row: s.ProformaInvoices.get(row.code)),
        *await first(s.ProofPayments.list(), lambda row: s.ProofPayments.get(row.code)),
        *await first(s.DeliveryNotes.list(), lambda row: s.DeliveryNotes.get(row.code)),
        *await first(s.CreditNotes.list(), lambda row: s.CreditNotes.get(row.code)),
    ]


@scenario("shoptet")
async def shoptet_discounts() -> Any:
    """Coupons, discounts and gifts."""
    return [
        *await first(s.DiscountCoupons.list(), lambda row: s.DiscountCoupons.get(row.code)),
        *await first(s.QuantityDiscounts.list(), lambda row: s.QuantityDiscounts.get(row.id)),
        *await first(s.XyDiscounts.list(), lambda row: s.XyDiscounts.get(row.id)),
        await s.DiscountCoupons.templates(),
        await s.VolumeDiscounts.list().sized(3).page(),
        await s.OrderGifts.list(),
    ]


@scenario("shoptet")
async def shoptet_content() -> Any:
    """Articles, pages, snippets and files."""
    return [
        *await first(s.Articles.list(), lambda row: s.Articles.get(row.id)),
        *await first(s.Pages.list(), lambda row: s.Pages.get(row.id)),
        await s.Articles.sections(),
        await s.Templates.list(),
        await s.Files.list(),
    ]


@scenario("shoptet")
async def shoptet_opinions() -> Any:
    """Reviews, discussions, and who may be written to."""
    lists = await s.MailingLists.list()
    return [
        await s.Reviews.list().sized(3).page(),
        await s.Reviews.shop_reviews().sized(3).page(),
        await s.Discussions.list().sized(3).page(),
        lists,
        *[await s.MailingLists.emails(each.code).sized(3).page() for each in lists[:1]],
        await s.UnsubscribedEmails.list().sized(3).page(),
    ]


@scenario("shoptet")
async def shoptet_sales_channels() -> Any:
    """Where the shop sells."""
    channels = await s.SalesChannels.list()
    return [channels, *[await s.SalesChannels.get(each.guid) for each in channels[:1]]]


@scenario("shoptet")
async def shoptet_refusals() -> Any:
    """What there is not."""
    return [
        await told(s.Orders.get("0")),
        await told(s.Invoices.get("0")),
        await told(s.Webhooks.get(1)),
        await told(s.Jobs.get("0")),
    ]
