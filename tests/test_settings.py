import copy
import pickle
import re
import tomllib
from decimal import Decimal
from pathlib import Path

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_shoptet._toml import dumps
from kaufland_shoptet.errors import MissingCredentials, SettingsError
from kaufland_shoptet.mapping.dispatch import CANCEL_REASONS, DispatchRules
from kaufland_shoptet.mapping.products import LOCALES, SafetyContact
from kaufland_shoptet.mapping.shipping import MethodRules
from kaufland_shoptet.mapping.statuses import Label, StatusMap
from kaufland_shoptet.mapping.storefronts import STOREFRONTS
from kaufland_shoptet.mapping.vat import MODES, VatRules
from kaufland_shoptet.settings import (
    KauflandSettings,
    LedgerSettings,
    NotificationSettings,
    OfferSettings,
    OrdersSettings,
    PriceSettings,
    ProductSettings,
    Settings,
    ShopSettings,
    ShoptetSettings,
    StockSettings,
    StorefrontSettings,
)

HOME = "1b02cb8e-d7b5-11e0-9a5c-feab5ed617ed"
OTHER = "3f8c2b1e-0d41-11ec-a8b5-0cc47a6b4bcc"
HEAD = """
[shop]
name = "Bicycles"
[ledger]
path = "bicycles.sqlite"
"""


def cz(text):
    return Settings.loads(f"{HEAD}[storefront.cz]\n{text}").storefronts["cz"]


def refusals(text):
    """Every problem of a settings text by its key."""
    with pytest.raises(SettingsError) as caught:
        Settings.loads(text)
    problems = [caught.value, *caught.value.others]
    return {problem.key: f"{problem.problem} {problem.remedy}" for problem in problems}


def refusal(text, head=HEAD):
    (problem,) = refusals(head + text).items()
    return problem


class TestReading:
    def test_the_least_there_can_be(self):
        settings = Settings.loads(HEAD)
        assert settings == Settings(
            shop=ShopSettings(name="Bicycles"), ledger=LedgerSettings(path="bicycles.sqlite")
        )
        assert (settings.orders.overlap_minutes, settings.orders.look_back_days) == (30, 30)

    def test_blanks_around_the_shops_name_are_none_of_it(self):
        """It is the key of all entries in the ledger."""
        settings = Settings.loads(HEAD.replace('"Bicycles"', '"  Bicycles\\t"'))
        assert settings.shop == ShopSettings(name="Bicycles ")
        assert settings.shop.name == "Bicycles"
        assert refusal("", HEAD.replace('"Bicycles"', '"  "')) == (
            "shop.name",
            "has 0 characters. Write 1 to 200, not only blanks.",
        )

    def test_everything_is_off_until_it_is_asked_for(self):
        """Part 1. Rule 1: every switch is off."""
        section = cz("")
        assert section == StorefrontSettings()
        assert not section.import_orders
        assert not section.import_open
        assert not section.send_emails
        assert not section.create_documents

    def test_one_method_for_all_orders(self):
        assert cz(f'shipping = "{HOME}"').shipping == MethodRules(default=HOME)

    def test_exceptions(self):
        section = cz(
            f'shipping = {{ default = "{HOME}", by_country = {{ at = "{OTHER}" }}, '
            f'by_pickup = {{ Packeta = "{OTHER}" }} }}'
        )
        assert section.shipping == MethodRules(
            default=HOME, by_country={"AT": OTHER}, by_pickup={"Packeta": OTHER}
        )

    def test_statuses(self):
        section = cz('[storefront.cz.statuses]\npending = -1\ndispatched = [-3, 26]\nautopaid = "delivered"')
        assert section.statuses == StatusMap(
            inward={Label.PENDING: -1, Label.DISPATCHED: -3},
            outward={26: Label.DISPATCHED},
            autopaid=Label.DELIVERED,
        )

    def test_vat(self):
        section = cz('vat = { mode = "One Stop Shop", payer = false, fallback = { cz = "21", AT = 20 } }')
        assert section.vat == VatRules(
            mode="One Stop Shop", payer=False, fallback={"CZ": Decimal(21), "AT": Decimal(20)}
        )

    def test_exact_numbers(self):
        assert cz('exchange_rate = "25.30"').exchange_rate == Decimal("25.30")
        assert cz("exchange_rate = 25").exchange_rate == 25

    def test_many_storefronts(self):
        settings = Settings.loads(HEAD + "[storefront.cz]\n[storefront.de]\nmove_stock = false")
        assert settings.storefront("DE").move_stock is False
        assert settings.storefront("cz").move_stock is True

    def test_a_storefront_without_a_section(self):
        with pytest.raises(SettingsError, match=r"storefront\.de: has no section\. .* for: cz"):
            Settings.loads(HEAD + "[storefront.cz]").storefront("de")
        with pytest.raises(SettingsError, match="for: none"):
            Settings.loads(HEAD).storefront("de")
        with pytest.raises(SettingsError, match="is not a storefront"):
            Settings.loads(HEAD).storefront("uk")


class TestFile:
    def test_load(self, tmp_path):
        file = tmp_path / "shop.toml"
        file.write_text(HEAD, encoding="utf-8-sig")
        settings = Settings.load(file)
        assert settings == Settings.loads(HEAD)
        assert settings.ledger_path == tmp_path / "bicycles.sqlite"

    def test_a_relative_ledger_begins_at_the_settings(self, tmp_path, monkeypatch):
        (tmp_path / "shop.toml").write_text(HEAD)
        monkeypatch.chdir(tmp_path)
        settings = Settings.load("shop.toml")
        monkeypatch.chdir("/")
        assert settings.ledger_path == tmp_path / "bicycles.sqlite"

    def test_an_absolute_ledger_stays_where_it_is(self, tmp_path):
        place = tmp_path / "x.sqlite"
        settings = Settings(shop=ShopSettings(name="x"), ledger=LedgerSettings(path=str(place)))
        assert settings.ledger_path == place

    def test_settings_made_in_memory_begin_at_the_current_folder(self):
        assert Settings.loads(HEAD).ledger_path == Path("bicycles.sqlite")

    def test_no_file(self, tmp_path):
        with pytest.raises(SettingsError, match=r"shop\.toml: cannot be read: .*Settings\.example\(\)"):
            Settings.load(tmp_path / "shop.toml")

    def test_another_encoding(self, tmp_path):
        file = tmp_path / "shop.toml"
        file.write_bytes('[shop]\nname = "Krämerei"'.encode("cp1250"))
        with pytest.raises(SettingsError, match="not in UTF-8"):
            Settings.load(file)

    def test_errors_name_the_file(self, tmp_path):
        file = tmp_path / "shop.toml"
        file.write_text("[shop]")
        with pytest.raises(SettingsError) as caught:
            Settings.load(file)
        assert caught.value.__notes__ == [f"In {file}."]

    def test_not_toml(self):
        with pytest.raises(SettingsError, match=r"not TOML: .*line 2, column 8"):
            Settings.loads("[shop]\nname = Bicycles")


class TestRefusals:
    @pytest.mark.parametrize(
        ("text", "key", "words"),
        [
            ("[storefront.cz]\nimport_order = true", "storefront.cz.import_order", "Is import_orders meant?"),
            ("[storefront.cz]\nzzz = true", "storefront.cz.zzz", "Known here: import_orders, import_open,"),
            ("[storefronts.cz]", "storefronts", "Is storefront meant?"),
            ("[storefront.uk]", "storefront.uk", "There are de, cz, sk, pl, at, fr, it, es, nl."),
            ("[storefront.CZ]", "storefront.CZ", "Is cz meant?"),
            ("[storefront]\ncz = true", "storefront.cz", "is the switch true. Write a section"),
            ("[storefront.cz]\nimport_orders = 'yes'", "storefront.cz.import_orders", 'is the text "yes"'),
            ("[storefront.cz]\nimport_orders = 1", "storefront.cz.import_orders", "Write true or false"),
            (
                "[storefront.cz]\nshipping_name = 1.5",
                "storefront.cz.shipping_name",
                "is the number 1.5. Write a text",
            ),
            ("[storefront.cz]\nshipping_name = []", "storefront.cz.shipping_name", "is a list"),
            ("[storefront.cz]\nshipping_name = {}", "storefront.cz.shipping_name", "is a table"),
            (
                "[storefront.cz]\nshipping_name = 2026-01-01",
                "storefront.cz.shipping_name",
                "date or time 2026-01-01",
            ),
            ("[storefront.cz]\nshipping_name = ' '", "storefront.cz.shipping_name", "Write 1 to 250"),
            (
                f"[storefront.cz]\nexternal_code_prefix = '{'x' * 201}'",
                "storefront.cz.external_code_prefix",
                "200",
            ),
            ("[storefront.cz]\nshipping = 5", "storefront.cz.shipping.default", "is the number 5"),
            ("[storefront.cz]\nshipping = '5'", "storefront.cz.shipping.default", "is not a GUID"),
            ("[storefront.cz]\npayment = {}", "storefront.cz.payment.default", "is missing. Write the GUID"),
            (
                f"[storefront.cz]\npayment = {{ default = '{HOME}', by_pickup = {{ DHL = '{HOME}' }} }}",
                "storefront.cz.payment.by_pickup",
                "Remove it",
            ),
            (
                f"[storefront.cz.shipping]\ndefault = '{HOME}'\nby_country = {{ at = '{HOME}', AT = '{HOME}' }}",
                "storefront.cz.shipping.by_country.AT",
                "stands there as at already",
            ),
            (
                "[storefront.cz]\nexchange_rate = 25.30",
                "storefront.cz.exchange_rate",
                'Write it in quotes: "25.30"',
            ),
            (
                "[storefront.cz]\nexchange_rate = '25,30'",
                "storefront.cz.exchange_rate",
                "with a decimal point",
            ),
            ("[storefront.cz]\nexchange_rate = true", "storefront.cz.exchange_rate", "is the switch true"),
            ("[storefront.cz]\nexchange_rate = []", "storefront.cz.exchange_rate", "is a list"),
            ("[storefront.cz]\nexchange_rate = '0'", "storefront.cz.exchange_rate", "positive"),
            ("[storefront.cz]\nexchange_rate = '1.123456789'", "storefront.cz.exchange_rate", "8 places"),
            (
                "[storefront.cz]\nphone_fallback = '601000111'",
                "storefront.cz.phone_fallback",
                "+420601000111",
            ),
            ("[storefront.cz]\nemail_fallback = 'me'", "storefront.cz.email_fallback", "of the shop's own"),
            ("[storefront.cz]\ndiscounts = 'keep'", "storefront.cz.discounts", '"deduct", "ignore"'),
            ("[storefront.cz]\ndiscounts = 1", "storefront.cz.discounts", "is the number 1"),
            ("[storefront.cz.vat]\nmode = 'Norml'", "storefront.cz.vat.mode", 'Write "Normal".'),
            ("[storefront.cz.vat]\nfallback = { CZ = 21.0 }", "storefront.cz.vat.fallback.CZ", "in quotes"),
            (
                "[storefront.cz.vat]\nfallback = { CZ = '210' }",
                "storefront.cz.vat.fallback.CZ",
                "not a VAT rate",
            ),
            ("[storefront.cz.statuses]\nshipped = -3", "storefront.cz.statuses.shipped", "not a setting"),
            (
                "[storefront.cz.statuses]\ndispatched = '-3'",
                "storefront.cz.statuses.dispatched",
                "such as -3",
            ),
            (
                "[storefront.cz.statuses]\ndispatched = []",
                "storefront.cz.statuses.dispatched",
                "an empty list",
            ),
            (
                "[storefront.cz.statuses]\ndispatched = [1, true]",
                "storefront.cz.statuses.dispatched",
                "switch true",
            ),
            (
                "[storefront.cz.statuses]\ndispatched = -3\ncancelled = -3",
                "storefront.cz.statuses.cancelled",
                "already means Dispatched",
            ),
            (
                "[storefront.cz.statuses]\nautopaid = 'returned'",
                "storefront.cz.statuses.autopaid",
                '"delivered"',
            ),
            ("[orders]\noverlap_minutes = -1", "orders.overlap_minutes", "Write 0 to 1440"),
            ("[orders]\noverlap_minutes = '30'", "orders.overlap_minutes", "without quotes"),
            ("[orders]\nlook_back_days = true", "orders.look_back_days", "a whole number"),
            ("[kaufland]\npartner_client_key_env = 'A'", "kaufland.partner_secret_key_env", "go together"),
            ("[shoptet]\noauth_token_env = 'A'", "shoptet.token_url", "go together"),
            ("[shoptet]\ntoken_url = 'https://x.cz/y'", "shoptet.oauth_token_env", "go together"),
            ("[shoptet]\ntoken_url = 'x.cz'\noauth_token_env='A'", "shoptet.token_url", "not an address"),
        ],
    )
    def test_names_the_key_and_the_way_out(self, text, key, words):
        found, told = refusal(text)
        assert found == key
        assert words in told

    @pytest.mark.parametrize("number", ["0x" + "F" * 5000, "0x8000000000000000", "-9223372036854775809"])
    @pytest.mark.parametrize(
        ("text", "key"),
        [
            ("[orders]\noverlap_minutes = {}", "orders.overlap_minutes"),
            ("[kaufland]\nplayground = {}", "kaufland.playground"),
            ("[kaufland]\nclient_key_env = {}", "kaufland.client_key_env"),
            ("[storefront.cz.prices]\nsurcharge = {}", "storefront.cz.prices.surcharge"),
            ("[storefront.cz.prices]\nmode = {}", "storefront.cz.prices.mode"),
            ("[storefront.cz.stock]\navailable = [1, {}]", "storefront.cz.stock.available"),
            ("[storefront.cz.statuses]\npending = [-1, {}]", "storefront.cz.statuses.pending"),
            ("[storefront.cz.products.categories]\nLamps = {}", "storefront.cz.products.categories.Lamps"),
        ],
    )
    def test_numbers_without_measure(self, text, key, number):
        found, told = refusal(text.format(number))
        assert found == key
        assert told.startswith("is a number beyond 64 bits. Write ")

    def test_the_largest_numbers_of_toml(self):
        largest = 2**63 - 1
        front = cz(f"stock.available = [{largest}, {-largest - 1}]")
        assert front.stock.available == (largest, -largest - 1)

    def test_a_number_with_more_digits_than_can_be_read(self):
        key, told = refusal(f"[orders]\noverlap_minutes = {'9' * 5000}")
        assert key == "settings"
        assert told == "a number in it has too many digits. Look for it and write it with fewer."

    @pytest.mark.parametrize("nested", ["[" * 5000 + "]" * 5000, "{a=" * 5000 + "1" + "}" * 5000])
    def test_nested_without_end(self, nested):
        key, told = refusal(f"[orders]\noverlap_minutes = {nested}")
        assert key == "settings"
        assert told.startswith("lists or tables in it are nested too deep. ")

    @pytest.mark.parametrize("character", ["\\u0000", "\\n", "\\t", "\\u007f", "\\u0085"])
    def test_control_characters_in_paths(self, character):
        name = f'"C:{character}emp.xml"'
        words = "has a control character in it. Write / in place of \\, or put the path in single quotes."
        assert refusals(f"shop.name = 'x'\nledger.path = {name}") == {"ledger.path": words}
        assert refusal(f"[storefront.cz.products]\nfeed = {name}") == (
            "storefront.cz.products.feed",
            words,
        )

    def test_a_value_in_the_place_of_a_section(self):
        assert refusal("storefront = 1\n" + HEAD, head="") == (
            "storefront",
            "is the number 1. Write a section [storefront].",
        )

    def test_missing_keys(self):
        assert refusals("") == {
            "shop.name": "is missing. Write a text in quotes.",
            "ledger.path": "is missing. Write a text in quotes.",
        }

    def test_imports_need_methods(self):
        found = refusals(HEAD + "[storefront.cz]\nimport_orders = true")
        assert list(found) == ["storefront.cz.shipping", "storefront.cz.payment"]
        assert "the GUID of the shipping method, or import_orders = false" in found["storefront.cz.shipping"]

    def test_all_problems_of_a_file_are_found(self):
        with pytest.raises(SettingsError) as caught:
            Settings.loads(
                """
                [shop]
                nam = "Bicycles"
                [storefront.cz]
                shipping = "x"
                [storefront.cz.statuses]
                pending = "x"
                dispatched = "y"
                [storefront.uk]
                """
            )
        assert str(caught.value) == (
            "shop.nam: is not a setting. Is name meant? (6 more to mend: shop.name, ledger.path, "
            "storefront.cz.shipping.default, storefront.cz.statuses.pending, "
            "storefront.cz.statuses.dispatched, storefront.uk)"
        )
        assert not any(other.others for other in caught.value.others)

    @pytest.mark.parametrize(
        "text",
        [
            "[kaufland]\nclient_key = '{}'",
            "[kaufland]\nclient_key_env = '{}'",
            "[kaufland]\nplayground = '{}'",
            "[shoptet]\nprivate_token = '{}'",
            "[shoptet]\nprivate_token_env = '{}'",
            "[shoptet]\ntoken_url = '{}'\noauth_token_env = 'A'",
            "[storefront.cz]\nshipping = '{}'",
        ],
    )
    @pytest.mark.parametrize(
        "secret", ["a7d0cb1da1ddbc86c96ee5fedd341b7d", "123456-p-654321-abcdefghijklmnopqrst"]
    )
    def test_keys_are_refused_and_never_repeated(self, text, secret):
        with pytest.raises(SettingsError) as caught:
            Settings.loads(HEAD + text.format(secret))
        assert secret not in str(caught.value)
        assert secret not in repr(caught.value)

    def test_keys_belong_in_the_environment(self):
        key, told = refusal("[kaufland]\nclient_key = 'secret'")
        assert key == "kaufland.client_key"
        assert "environment variable" in told
        assert "client_key_env" in told

    def test_values_given_in_code_meet_the_same(self):
        with pytest.raises(
            SettingsError, match=r"discounts: 'keep' is unknown\. Write one of deduct, ignore"
        ):
            StorefrontSettings(discounts="keep")
        with pytest.raises(SettingsError, match=r"^storefront\.uk: "):
            Settings(
                shop=ShopSettings(name="x"),
                ledger=LedgerSettings(path="x"),
                storefronts={"uk": StorefrontSettings()},
            )
        with pytest.raises(SettingsError, match=r"^shipping: is missing"):
            StorefrontSettings(import_orders=True)

    def test_errors_survive_pickling(self):
        with pytest.raises(SettingsError) as caught:
            Settings.loads("")
        copied = pickle.loads(pickle.dumps(caught.value))
        assert str(copied) == str(caught.value)
        assert [other.key for other in copied.others] == ["ledger.path"]


class TestCredentials:
    def test_each_shop_has_its_own_variables(self):
        first = KauflandSettings(client_key_env="A_CLIENT", secret_key_env="A_SECRET")
        environ = {
            "A_CLIENT": "a",
            "A_SECRET": " s\n",
            "KAUFLAND_CLIENT_KEY": "b",
            "KAUFLAND_SECRET_KEY": "t",
        }
        assert first.credentials(environ) == {"client_key": "a", "secret_key": "s"}
        assert KauflandSettings().credentials(environ) == {"client_key": "b", "secret_key": "t"}

    def test_no_shop_falls_back_on_anothers_keys(self):
        settings = KauflandSettings(client_key_env="A_CLIENT", secret_key_env="A_SECRET")
        with pytest.raises(MissingCredentials, match=r"^A_CLIENT: .*Seller Portal, Shop Settings, API"):
            settings.credentials({"KAUFLAND_CLIENT_KEY": "b", "KAUFLAND_SECRET_KEY": "t", "A_CLIENT": " "})

    def test_partners(self):
        settings = KauflandSettings(partner_client_key_env="P", partner_secret_key_env="Q")
        environ = {"KAUFLAND_CLIENT_KEY": "b", "KAUFLAND_SECRET_KEY": "t", "P": "p", "Q": "q"}
        assert settings.credentials(environ)["partner_secret_key"] == "q"

    def test_shoptet(self):
        assert ShoptetSettings().credentials({"SHOPTET_PRIVATE_TOKEN": "t"}) == {"private_token": "t"}
        with pytest.raises(MissingCredentials, match="SHOPTET_PRIVATE_TOKEN"):
            ShoptetSettings().credentials({})

    def test_add_ons(self):
        settings = ShoptetSettings(oauth_token_env="OAUTH", token_url="https://shop.example/action/x")
        assert settings.credentials({"OAUTH": "t"}) == {
            "oauth_token": "t",
            "token_url": "https://shop.example/action/x",
        }
        with pytest.raises(MissingCredentials, match="OAUTH"):
            settings.credentials({"SHOPTET_PRIVATE_TOKEN": "t"})


def fill(example):
    return re.sub(r"<GUID of [^>]*>", HOME, example)


class TestExample:
    def test_it_says_what_is_to_be_filled_in(self):
        found = refusals(Settings.example())
        assert list(found) == ["storefront.cz.shipping.default", "storefront.cz.payment.default"]
        assert all("placeholder" in told for told in found.values())

    def test_it_is_whole_once_filled_in(self):
        settings = Settings.loads(fill(Settings.example()))
        assert settings.storefront("cz").import_orders
        assert settings.storefront("cz").shipping == MethodRules(default=HOME)

    def test_what_is_commented_out_is_right_too(self):
        text = re.sub(r"^# (?=\w+ = |\[)", "", fill(Settings.example()), flags=re.MULTILINE)
        settings = Settings.loads(text)
        assert settings.storefront("de").shipping.by_pickup == {"Packeta": HOME}
        assert settings.storefront("cz").vat.fallback == {"CZ": 21}
        assert settings.storefront("cz").exchange_rate == Decimal("25.30")

    def test_it_shows_the_defaults(self):
        filled = Settings.loads(fill(Settings.example())).storefront("cz")
        chosen = {"import_orders", "shipping", "payment", "statuses"}
        for each in attrs.fields(StorefrontSettings):
            if each.name not in chosen:
                assert getattr(filled, each.name) == getattr(StorefrontSettings(), each.name)

    @pytest.mark.parametrize(
        "cls",
        [
            ShopSettings,
            KauflandSettings,
            ShoptetSettings,
            LedgerSettings,
            OrdersSettings,
            StorefrontSettings,
            VatRules,
            MethodRules,
            DispatchRules,
            PriceSettings,
            StockSettings,
            OfferSettings,
            ProductSettings,
        ],
    )
    def test_it_leaves_nothing_out(self, cls):
        for name in attrs.fields_dict(cls):
            assert re.search(rf"^(# )?(\[storefront\.cz\.)?{name}( = |\])", Settings.example(), re.MULTILINE)

    def test_it_names_every_label_and_storefront(self):
        for word in (*(label.key for label in Label), *STOREFRONTS):
            assert re.search(rf"\b{word}\b", Settings.example())


# The round trip, for whatever can be set.

texts = st.text(min_size=1, max_size=30).filter(str.strip)
paths = st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30).filter(str.strip)
variables = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,20}", fullmatch=True)
guids = st.uuids().map(str)
countries = st.from_regex(r"[A-Z]{2}", fullmatch=True)
rates = st.decimals("0.01", "99.99", places=2)
methods = st.builds(
    MethodRules,
    default=guids,
    by_country=st.dictionaries(countries, guids, max_size=3),
    by_pickup=st.dictionaries(st.sampled_from(["Packeta", "DHL", 'Balíkovna "9"\n', ""]), guids),
)
payments = st.builds(MethodRules, default=guids, by_country=st.dictionaries(countries, guids, max_size=3))


@st.composite
def status_maps(draw):
    table = {}
    for status in draw(st.lists(st.integers(-(2**63), 2**63 - 1), unique=True, max_size=8)):
        table.setdefault(draw(st.sampled_from(Label)), []).append(status)
    return StatusMap.of(table, autopaid=draw(st.sampled_from([Label.DISPATCHED, Label.DELIVERED])))


money = st.decimals("0.01", "99999", places=2)
shares = st.decimals("0.01", "1", places=2)
price_settings = st.builds(
    PriceSettings,
    pricelist=st.none() | st.integers(1, 999),
    source_currency=st.sampled_from([None, "CZK", "EUR"]),
    coefficient=st.decimals("0.0001", "999", places=4),
    surcharge=money,
    mode=st.sampled_from(["half_up", "up", "down"]),
    minimum=st.none() | st.decimals("0.01", "9", places=2),
    maximum=st.none() | st.decimals("10", "99", places=2),
    max_change=shares,
    max_run_change=shares,
    smart_pricing_floor=st.none() | shares,
    step=st.none() | money,
) | st.builds(PriceSettings, endings=st.lists(st.sampled_from([".90", "9", "49.00"]), max_size=3))
stock_settings = st.builds(
    StockSettings,
    buffer=st.integers(0, 99),
    cap=st.none() | st.integers(1, 99),
    minimum_change=st.integers(1, 99),
    null_stock=st.none() | st.integers(0, 99),
    share_to_zero=shares,
    stock_id=st.none() | st.integers(1, 9),
    available=st.lists(st.integers(-9, 9), max_size=3),
    reserve=st.booleans(),
)
offer_settings = st.builds(
    OfferSettings,
    create_limit=st.integers(1, 10_000),
    orphans=st.sampled_from(["report", "pause"]),
    handling_time=st.none() | st.integers(0, 100),
    condition=st.sampled_from(["NEW", "USED___GOOD"]),
    shipping_group=st.none() | st.integers(1, 10**6),
    warehouse=st.none() | st.integers(1, 10**6),
)
safety_contacts = st.builds(
    SafetyContact,
    name=texts,
    address=texts,
    email=st.none() | st.just("a@b.example"),
    phone=st.none() | texts,
    url=st.none() | st.just("https://b.example/x"),
)
names = st.text('abž .>"', max_size=9)
attributes = st.sampled_from(["title", "colour", "material_composition"])
product_settings = st.builds(
    ProductSettings,
    feed=st.none() | paths,
    locale=st.none() | st.sampled_from(LOCALES),
    method=st.sampled_from(["put", "patch"]),
    existing=st.sampled_from(["publish", "skip"]),
    pricelist=st.none() | st.integers(1, 2**31),
    limit=st.integers(1, 10**5),
    visibility=st.lists(texts, max_size=2),
    types=st.lists(texts, max_size=2),
    flags=st.lists(texts, max_size=2),
    shop_categories=st.lists(texts, max_size=2),
    categories=st.dictionaries(names, st.integers(1, 10**6), max_size=2),
    decide=st.booleans(),
    parameters=st.dictionaries(names, attributes, max_size=2),
    fixed=st.dictionaries(attributes, st.lists(texts, max_size=2).map(tuple), max_size=2),
    manufacturer=st.none() | texts,
    contact=st.none() | safety_contacts,
    contacts=st.dictionaries(names, safety_contacts, max_size=2),
    required=st.lists(attributes, max_size=2),
    title_length=st.integers(20, 1000),
    pictures=st.integers(1, 100),
    image_base=st.none() | st.just("https://b.example/x/"),
)
storefronts = st.builds(
    StorefrontSettings,
    import_orders=st.booleans(),
    import_open=st.booleans(),
    shipping=methods,
    payment=payments,
    shipping_name=texts,
    payment_name=texts,
    kaufland_titles=st.booleans(),
    discounts=st.sampled_from(["deduct", "ignore"]),
    external_code_prefix=st.text(max_size=30),
    phone_fallback=st.none() | st.just("+420 601 000 111"),
    email_fallback=st.none() | st.just("orders@shop.example"),
    exchange_rate=st.none() | st.decimals("0.00000001", "99999", places=8),
    send_emails=st.booleans(),
    create_documents=st.booleans(),
    move_stock=st.booleans(),
    check_products=st.booleans(),
    match_eans=st.booleans(),
    unmatched=st.sampled_from(["text", "refuse"]),
    statuses=status_maps(),
    pull_statuses=st.booleans(),
    push_statuses=st.booleans(),
    dispatch=st.builds(
        DispatchRules,
        carriers=st.dictionaries(
            st.sampled_from(["ppl", "zasilkovna", HOME, 'Balíkovna "9"']), st.sampled_from(["PPL", "Packeta"])
        ),
        without_tracking=st.sampled_from(["wait", "other"]),
        wait_hours=st.integers(0, 720),
        fulfil=st.booleans(),
        cancel=st.booleans(),
        cancel_reason=st.sampled_from(CANCEL_REASONS),
    )
    | st.builds(DispatchRules),
    sync_offers=st.booleans(),
    sync_prices=st.booleans(),
    prices=price_settings,
    stock=stock_settings,
    offers=offer_settings,
    sync_products=st.booleans(),
    products=product_settings,
    vat=st.builds(
        VatRules,
        mode=st.sampled_from(MODES),
        payer=st.booleans(),
        fallback=st.dictionaries(countries, rates, max_size=3),
    ),
)
addons = st.builds(
    ShoptetSettings, oauth_token_env=variables, token_url=st.just("https://shop.example/action/x")
)
partners = st.builds(
    KauflandSettings,
    client_key_env=variables,
    secret_key_env=variables,
    partner_client_key_env=variables,
    partner_secret_key_env=variables,
    playground=st.booleans(),
)
everything = st.builds(
    Settings,
    shop=st.builds(ShopSettings, name=texts),
    kaufland=partners | st.builds(KauflandSettings, client_key_env=variables),
    shoptet=addons | st.builds(ShoptetSettings, private_token_env=variables),
    ledger=st.builds(LedgerSettings, path=paths),
    orders=st.builds(
        OrdersSettings, overlap_minutes=st.integers(0, 1440), look_back_days=st.integers(1, 365)
    ),
    storefronts=st.dictionaries(
        st.sampled_from(sorted(STOREFRONTS)), storefronts | st.just(StorefrontSettings()), max_size=2
    ),
)


scalars = (
    st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.integers() | st.text(), max_size=3)
)


class TestRoundTrip:
    @given(everything)
    def test_what_is_written_is_read_as_the_same(self, settings):
        """Part 1: TOML in and out."""
        written = settings.dumps()
        assert Settings.loads(written) == settings
        assert Settings.loads(written).dumps() == written

    @given(everything)
    def test_settings_travel_to_other_processes(self, settings):
        assert pickle.loads(pickle.dumps(settings)) == settings
        assert copy.deepcopy(settings) == settings

    @given(
        st.dictionaries(
            st.text(max_size=8),
            scalars | st.dictionaries(st.text(max_size=8), scalars | st.just({}), max_size=3),
            max_size=4,
        )
    )
    def test_any_table_is_written_as_toml(self, table):
        def without_empty_tables(value):
            if not isinstance(value, dict):
                return value
            kept = {key: without_empty_tables(each) for key, each in value.items()}
            return {key: each for key, each in kept.items() if each != {}}

        assert tomllib.loads(dumps(table)) == without_empty_tables(table)

    def test_nothing_that_can_be_set_is_forgotten(self):
        section = StorefrontSettings(
            shipping=MethodRules(default=HOME, by_country={"AT": HOME}, by_pickup={"DHL": HOME}),
            payment=MethodRules(default=HOME),
            phone_fallback="+420601000111",
            email_fallback="orders@shop.example",
            exchange_rate=Decimal(25),
            statuses=StatusMap.of({label: [rank] for rank, label in enumerate(Label)}),
            dispatch=DispatchRules(carriers={"ppl": "PPL"}, cancel_reason="NoInventory"),
            prices=PriceSettings(
                pricelist=2,
                source_currency="CZK",
                coefficient=Decimal("0.04"),
                minimum=Decimal(1),
                maximum=Decimal(9),
                smart_pricing_floor=Decimal("0.9"),
            ),
            stock=StockSettings(stock_id=1, cap=9, null_stock=1),
            offers=OfferSettings(handling_time=1, shipping_group=1, warehouse=1),
            products=ProductSettings(
                feed="x.xml",
                locale="cs-CZ",
                categories={"x": 1},
                parameters={"x": "colour"},
                fixed={"size": ("x",)},
                manufacturer="x",
                contact=SafetyContact(
                    name="x", address="y", email="a@b.cz", phone="1", url="https://x.example"
                ),
                contacts={"x": SafetyContact(name="x", address="y")},
                image_base="https://x.example/",
                pricelist=1,
            ),
            vat=VatRules(fallback={"CZ": Decimal(21)}),
        )
        whole = Settings(
            shop=ShopSettings(name="x"),
            kaufland=KauflandSettings(partner_client_key_env="P", partner_secret_key_env="Q"),
            shoptet=ShoptetSettings(oauth_token_env="O", token_url="https://shop.example/action/x"),
            ledger=LedgerSettings(path="x"),
            notifications=NotificationSettings(
                kaufland_url="https://x.example/k", shoptet_url="https://x.example/s", fallback_email="a@b.cz"
            ),
            storefronts={"cz": section},
        )
        written = tomllib.loads(whole.dumps())
        for key, value in attrs.asdict(whole, recurse=False, filter=lambda a, _: a.eq is True).items():
            if key != "storefronts":
                assert written[key].keys() == attrs.fields_dict(type(value)).keys()
        written = written["storefront"]["cz"]
        assert written.keys() == attrs.fields_dict(StorefrontSettings).keys()
        assert written["shipping"].keys() == attrs.fields_dict(MethodRules).keys()
        assert written["vat"].keys() == attrs.fields_dict(VatRules).keys()
        assert written["dispatch"].keys() == attrs.fields_dict(DispatchRules).keys()
        assert written["prices"].keys() == attrs.fields_dict(PriceSettings).keys() - {"step"}
        assert written["stock"].keys() == attrs.fields_dict(StockSettings).keys()
        assert written["offers"].keys() == attrs.fields_dict(OfferSettings).keys()
        assert written["products"].keys() == attrs.fields_dict(ProductSettings).keys()
        assert written["products"]["contact"].keys() == attrs.fields_dict(SafetyContact).keys()
        assert written["statuses"].keys() == {*(label.key for label in Label), "autopaid"}


class TestValuesOfPrograms:
    """What a program gives may be of any type; what a file gives is checked before."""

    @pytest.mark.parametrize(
        ("make", "name", "value", "told"),
        [
            (PriceSettings, "smart_pricing_floor", Decimal("NaN"), "NaN is not a part of the price."),
            (PriceSettings, "smart_pricing_floor", Decimal("sNaN"), "sNaN is not a part of the price."),
            (PriceSettings, "smart_pricing_floor", 0.9, "is of type float. Give it an exact number"),
            (PriceSettings, "max_change", 0.5, 'is of type float. Give it an exact number: Decimal("0.5").'),
            (PriceSettings, "max_run_change", None, "is of type NoneType. Give it an exact number"),
            (PriceSettings, "coefficient", "0.04", "is of type str. Give it an exact number"),
            (PriceSettings, "surcharge", 1, "is of type int. Give it an exact number"),
            (PriceSettings, "step", Decimal("Infinity"), "Infinity is not an amount of money."),
            (PriceSettings, "endings", ".90", "is of type str. Give it a list, each of them a text."),
            (PriceSettings, "endings", [90], "is of type int. Give it a list, each of them a text."),
            (PriceSettings, "pricelist", 1.0, "is of type float. Give it a whole number."),
            (PriceSettings, "pricelist", True, "is of type bool. Give it a whole number."),
            (PriceSettings, "source_currency", 5, "is of type int. Give it a text."),
            (KauflandSettings, "client_key_env", 5, "is of type int. Give it a text."),
            (ShoptetSettings, "token_url", 5, "is of type int. Give it a text."),
            (NotificationSettings, "shoptet_url", 5, "is of type int. Give it a text."),
            (NotificationSettings, "fallback_email", 5, "is of type int. Give it a text."),
            (StorefrontSettings, "phone_fallback", 420, "is of type int. Give it a text."),
            (StockSettings, "buffer", 1.5, "is of type float. Give it a whole number."),
            (StockSettings, "buffer", None, "is of type NoneType. Give it a whole number."),
            (StockSettings, "cap", "5", "is of type str. Give it a whole number."),
            (StockSettings, "available", 5, "is of type int. Give it a list, each of them a whole number."),
            (StockSettings, "available", ["5"], "is of type str. Give it a list, each of them a whole"),
            (StockSettings, "available", {5: True}, "is of type dict. Give it a list"),
            (StockSettings, "share_to_zero", 0.5, "is of type float. Give it an exact number"),
            (OfferSettings, "handling_time", "1", "is of type str. Give it a whole number."),
            (OrdersSettings, "overlap_minutes", "30", "is of type str. Give it a whole number."),
            (DispatchRules, "wait_hours", 1.5, "is of type float. Give it a whole number."),
            (ProductSettings, "limit", None, "is of type NoneType. Give it a whole number."),
            (ProductSettings, "title_length", "200", "is of type str. Give it a whole number."),
            (ProductSettings, "flags", "new", "is of type str. Give it a list, each of them a text."),
            (ProductSettings, "required", "title", "is of type str. Give it a list, each of them a text."),
            (ProductSettings, "categories", [1], "is of type list. Give it a table."),
            (ProductSettings, "categories", {"Lamps": "1"}, "Lamps: is of type str. Give it a whole number."),
            (ProductSettings, "parameters", {"Barva": 1}, "is of type int. Give it names of attributes."),
            (ProductSettings, "fixed", 5, "is of type int. Give it a table."),
            (ProductSettings, "fixed", {"colour": "red"}, "colour: is of type str. Give it a list of texts."),
            (ProductSettings, "contact", {}, "is of type dict. Give it SafetyContact(…)."),
            (ProductSettings, "contacts", {"A": {}}, "A: is of type dict. Give it SafetyContact(…)."),
            (ProductSettings, "manufacturer", 5, "is of type int. Give it a text."),
            (ProductSettings, "image_base", 5, "is of type int. Give it a text."),
            (ProductSettings, "feed", Path("x.xml"), "Give it a text."),
            (LedgerSettings, "path", 5, "is of type int. Give it a text."),
            (ShopSettings, "name", None, "is of type NoneType. Give it a text."),
            (StorefrontSettings, "statuses", {}, "is of type dict. Give it StatusMap(…)."),
            (StorefrontSettings, "prices", None, "is of type NoneType. Give it PriceSettings(…)."),
            (StorefrontSettings, "shipping", HOME, "is of type str. Give it MethodRules(…)."),
            (StorefrontSettings, "payment", HOME, "is of type str. Give it MethodRules(…)."),
            (StorefrontSettings, "import_orders", "no", "is of type str. Give it True or False."),
            (KauflandSettings, "playground", 1, "is of type int. Give it True or False."),
            (VatRules, "payer", None, "is of type NoneType. Give it True or False."),
            (VatRules, "fallback", {"CZ": 21}, "fallback.CZ: is of type int. Give it an exact number"),
            (StorefrontSettings, "exchange_rate", 25.3, "is of type float. Give it an exact number"),
            (StorefrontSettings, "exchange_rate", Decimal("NaN"), "NaN is not an exchange rate."),
        ],
    )
    def test_the_type_is_looked_at_first(self, make, name, value, told):
        with pytest.raises(SettingsError, match=re.escape(told)) as caught:
            make(**{name: value})
        assert caught.value.key.partition(".")[0] == name

    @pytest.mark.parametrize(
        ("parts", "key"),
        [
            ({"shop": "x"}, "shop"),
            ({"ledger": "x.sqlite"}, "ledger"),
            ({"orders": None}, "orders"),
            ({"storefronts": []}, "storefront"),
            ({"storefronts": {"cz": {}}}, "storefront.cz"),
        ],
    )
    def test_sections_are_of_their_classes(self, parts, key):
        with pytest.raises(SettingsError, match="is of type ") as caught:
            Settings(**{"shop": ShopSettings(name="x"), "ledger": LedgerSettings(path="x"), **parts})
        assert caught.value.key == key

    @pytest.mark.parametrize(
        "cls",
        [
            KauflandSettings,
            StorefrontSettings,
            StockSettings,
            OfferSettings,
            ProductSettings,
            VatRules,
            DispatchRules,
        ],
    )
    def test_every_switch_is_one(self, cls):
        switches = [each.name for each in attrs.fields(cls) if each.type in {"bool", bool}]
        assert switches
        for name in switches:
            with pytest.raises(SettingsError, match=f"^{name}: is of type str"):
                cls(**{name: "no"})

    def test_any_list_will_do(self):
        assert StockSettings(available=[1, 2]) == StockSettings(available=(1, 2))
        assert StockSettings(available=iter([1, 2])).available == (1, 2)
        assert ProductSettings(fixed={"colour": ["red"]}).fixed == {"colour": ("red",)}
