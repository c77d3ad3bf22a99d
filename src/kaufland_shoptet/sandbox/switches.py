"""Behaviour that no document settles, as named switches."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from attrs import frozen

__all__ = ["Switches"]


@frozen(kw_only=True)
class Switches:
    """What the sandbox does where the vendors' documents are silent or contradict what was seen live.

    Where nothing was seen either, the default is what is harder on a client: one that gets along with it
    gets along with the other, too. None of this is confirmed by the vendors' documents.
    """

    # -- Kaufland ----------------------------------------------------------------------------------------

    stale_clock_problem: str = "/problems/invalid-credentials"
    """Problem type of a timestamp more than five minutes off. There is no type of its own for it, and
    integrators report that a wrong clock looks like wrong keys."""

    storefront_omitted: Literal["all", "default"] = "all"
    """What lists with an optional `storefront` give without it: rows of all storefronts, or those of the
    first storefront of the account. A client that relies on either is wrong, so it must look at the rows."""

    unknown_parameters: Literal["ignore", "refuse"] = "ignore"
    """Unknown query parameters of Kaufland. Clients in production send some and get unfiltered rows."""

    cancel_after_sent: Literal["refuse", "allow"] = "refuse"
    """`cancel` on a unit that was sent: 403, or 204 as a revocation. The documents name the refusal."""

    delivered_after: timedelta | None = None
    """How long after its dispatch a parcel with a tracking number arrives by itself. By default somebody says so
    (`deliver`): that is the carriers' matter, and most tests want to decide."""

    autopaid_after: timedelta | None = timedelta(days=21)
    """How long after its dispatch a unit that is still ``sent`` turns ``sent_and_autopaid``. Documented is that the
    money is released 21 days after dispatch when no delivery is known, not that the status changes then."""

    second_send_status: int = 403
    """HTTP status of a second `send`; only the text ``already_marked_as_sent`` in the body is known."""

    stock_falls_on_order: bool = False
    """Does Kaufland lower `amount` when a customer orders? Not documented; no is the oversell case."""

    linked_stock_delay: timedelta = timedelta(0)
    """How long it takes until a change of `amount` shows on the other storefronts of the same offer."""

    discount_sign: Literal[1, -1] = 1
    """Sign of `discounts[].discount_value`. The only example in the document is positive."""

    refund_ceiling: bool = True
    """Refuse refunds that exceed price plus shipping of the unit, all refunds together."""

    price_with_every_patch: bool = False
    """Refuse `PATCH /units/{id}` without `listing_price`. The text asks for it, yet clients in production
    change the amount alone every day."""

    shipping_group_needed: bool = True
    """Refuse new offers without `id_shipping_group`. Optional on paper, rejected in practice."""

    second_offer: Literal["update", "refuse"] = "update"
    """`POST /units` for an offer that exists in this storefront with the same product and condition."""

    unit_created: Literal["location", "body", "document", "nothing"] = "location"
    """Answer to `POST /units`: 201 with `Location` and no body (seen live), 201 with `data.id_unit` and no
    `Location` (seen live as well), 200 with the whole unit (the document), or 201 and nothing else."""

    new_unit_hidden: timedelta = timedelta(minutes=3)
    """How long a new unit stays out of `GET /units`; "up to several minutes" by the document."""

    product_data_takes: timedelta = timedelta(hours=2)
    """How long it takes until product data are processed; "hours" by the document, up to a day was seen."""

    kaufland_retry_after: Literal["none", "seconds", "date"] = "none"
    """`Retry-After` on Kaufland's 429. None is documented."""

    pagination_shown: bool = True
    """Send `pagination`. The document does not require the key."""

    push_signs: Literal["whole", "without_query"] = "whole"
    """Which form of the callback address the signature of a push notification covers. Not documented."""

    push_signed_anew: bool = True
    """Sign a push notification anew for each try. Not documented; with the first timestamp kept, a receiver that
    allows five minutes, as Kaufland itself does, would refuse every try after the first two."""

    push_patience: int = 5
    """Seconds in which a push notification must be answered. The documents name both 5 and 15."""

    push_retry_minutes: tuple[int, ...] = (1, 15, 30, *(60,) * 11)
    """Waits between the tries of a push notification, in minutes; after the last one the subscription is switched
    off. Documented are "1, 15, 30, 60 ..." and about twelve hours in all; that it goes on hourly is our reading."""

    shape: Literal["2.44", "2.27"] = "2.44"
    """Leave out the keys that version 2.44 of Kaufland's document added to order units and units."""

    return_follows_its_units: bool = False
    """Does a decision on a return unit change `ts_updated_iso` of its return? Not documented; no is harder on
    a client that looks for changed returns only, since return units tell no time of change."""

    return_paid_after: timedelta = timedelta(days=1)
    """How long after its acceptance a return is paid back to the buyer and closed. Not documented."""

    # -- Shoptet -----------------------------------------------------------------------------------------

    bucket_costs: bool = True
    """Let calls fill the leaky bucket. What a call costs is not published, only that heavy answers cost more:
    reads put in 1, writes 3, snapshots 10, and each 20,000 bytes of the answer 1 more."""

    bucket_size: int = 200
    """Drops that the bucket holds (documented)."""

    bucket_leak: int = 10
    """Drops that leak out each second (documented)."""

    connections: int = 3
    """Simultaneous calls for one token (documented); one more is turned away by the web server, with a body
    that is not JSON and without `Retry-After` (seen live)."""

    items_per_page_over: Literal["refuse", "clamp"] = "refuse"
    """`itemsPerPage` above the maximum: 400 as seen live for orders, or lowered silently as documented."""

    page_beyond_status: int = 404
    """HTTP status of `page-not-found`; only the error code and its text are known."""

    duplicate_code: str = "invalid-request-data"
    """Error code of a used `externalCode`; only the status 422 and the words "already imported" are known."""

    short_stock_status: int = 422
    """HTTP status when stock is short and must not become negative; documented is only that the order is
    not created and `errors` says why."""

    cancel_restocks: bool = False
    """Does a change to the status -4 (cancelled) put pieces back into stock? No stock movement is documented
    for a change of status."""

    exchange_rate_echo: Literal["setting", "inverse", "same"] = "setting"
    """`exchangeRate` of a created order: inverse to the one sent if `settings.exchangeRateFlip` says so,
    always inverse (as the text of order insertion has it), or unchanged."""

    foreign_vat_rates: bool = True
    """Accept VAT rates in `Normal` mode that are in none of the shop's tax classes, such as 19.00 in a Czech
    shop."""

    documents_fail: bool = False
    """Let the documents of a status fail: the change is made, the answer is 200 with
    `document-not-generated` in `errors` (documented)."""

    maximum_tokens_status: int = 429
    """HTTP status of ``{"error": "maximum_tokens_reached"}``; 429 in the tests of the vendor's own SDK."""

    oauth_host: Literal["any", "partner", "eshop"] = "any"
    """Which address serves the OAuth endpoints: the documents name both the partner's and the e-shop's."""

    jobs_stuck: bool = False
    """Let jobs break: they turn failed three hours after their start, without webhook (documented)."""

    job_seconds: int = 30
    """How long a job runs."""

    job_expires: bool = False
    """Does a completed job turn ``expired`` when its file is gone? There is such a state, but not what it means;
    a client that gets along with a dead address of a completed job gets along with the state, too."""

    history_limit: int = 100
    """Remarks that one order can have (documented)."""
