"""What is taken out of a recording, and what stays."""

from __future__ import annotations

import gzip
import json
from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaufland_shoptet import KAUFLAND, SHOPTET
from kaufland_shoptet._core.kinds import is_model

from .redaction import ELSEWHERE, GONE, SHAPES, Place, _Body, personal_names, personal_slots, redact
from .scenarios import CANARY
from .tape import ROOT, Serializer

WAS, IS = "http://127.0.0.1:1/kaufland/v2", "https://sandbox.example/kaufland/v2"
K = Place(KAUFLAND, WAS, IS)
S = Place(SHOPTET, "http://127.0.0.1:1/shoptet", "https://sandbox.example/shoptet")


def exchange(uri, body=None, *, method="GET", status=200, sent=None, headers=None, came=None):
    """One exchange, as vcrpy hands it over."""
    text = body if isinstance(body, bytes | str) else json.dumps(body)
    return {
        "request": {"method": method, "uri": uri, "headers": headers or {}, "body": sent},
        "response": {
            "status": {"code": status, "message": ""},
            "headers": came or {"content-type": ["application/json"]},
            "body": {"string": "" if body is None else text},
        },
    }


def body_of(place, *args, **how):
    """What is left of the body of an answer."""
    (made,) = redact([exchange(*args, **how)], place)
    return json.loads(made["response"]["body"]["string"])


def models():
    for api in (KAUFLAND, SHOPTET):
        for home in sorted({operation.module for operation in api.operations}):
            for name, value in vars(import_module(home)).items():
                if is_model(value) and value.__module__ == home:
                    yield pytest.param(api, value, id=f"{api.name}-{name}")


@pytest.mark.parametrize("api, model", list(models()))
def test_of_each_model_what_its_repr_hides_and_what_it_does_not_know(api, model):
    slots = api.codec._slots(model)
    hidden = {slot.wire for slot in slots if slot.name in personal_slots(model)}
    raw = {wire: {"deep": [f"{CANARY} {wire}", 5, None, True]} for wire in hidden} | {"new": f"{CANARY} new"}
    made = _Body(api, seen := set()).typed(raw, model)
    assert made == {key: {"deep": [GONE, 0, None, True]} for key in hidden} | {"new": GONE}
    assert seen == {f"{CANARY} {wire}" for wire in (*hidden, "new")}


def test_both_apis_have_personal_names():
    assert {"email", "last_name", "phone", "street", "url"} <= personal_names(KAUFLAND)[0]
    assert {"email", "fullName", "phone", "customerRemark", "resultUrl"} <= personal_names(SHOPTET)[0]
    assert "name" in personal_names(SHOPTET)[0] - personal_names(SHOPTET)[1]


ORDER = {
    "data": {"id_order": "MA1B2C3", "storefront": "cz", "buyer": {"id_buyer": 7, "email": "eva@mail.example"}}
}


def test_what_is_not_personal_stays_as_it_was():
    assert body_of(K, f"{WAS}/orders/MA1B2C3", ORDER) == {
        "data": {"id_order": "MA1B2C3", "storefront": "cz", "buyer": {"id_buyer": 7, "email": GONE}}
    }


@pytest.mark.parametrize(
    "was, due",
    [
        ("1980-05-17", "1970-01-01"),
        ("1980-05-17T10:11:12+0200", "1970-01-01T00:00:00+0000"),
        ("https://files.example/?token=1", ELSEWHERE),
        ("17. 5. 1980", GONE),
        ("", ""),
        (17, 0),
        (True, True),
        (None, None),
    ],
)
def test_a_personal_value_keeps_its_shape(was, due):
    body = body_of(S, f"{S.was}/api/customers/1", {"data": {"customer": {"guid": "1", "birthDate": was}}})
    assert body == {"data": {"customer": {"guid": "1", "birthDate": due}}}


def test_rows_of_a_list_are_looked_through():
    rows = {"data": [{"id_order": "M1", "surprise": ["Eva Malá", 3]}], "pagination": {"total": 1}}
    due = {"data": [{"id_order": "M1", "surprise": [GONE, 0]}], "pagination": {"total": 1}}
    assert body_of(K, f"{WAS}/orders?limit=1", rows) == due


@pytest.mark.parametrize(
    "gone", ["eva@mail.example", "Write to eva.mala+1@mail.co.example.", "+420606999888"]
)
@pytest.mark.parametrize("uri", ["/orders/MA1B2C3", "/orders/M404"])
def test_people_in_what_refusals_say(gone, uri):
    body = body_of(K, WAS + uri, {"message": f"No {gone} here"}, status=404)
    assert body["message"].startswith("No ")
    assert GONE in body["message"]
    assert not {"eva", "606"} & set(body["message"].replace("@", " ").split())
    assert "mail" not in body["message"]


@pytest.mark.parametrize(
    "text",
    [
        "8594059271518",
        "0012345678905",
        "8921cdc1-051b-11e5-a8d3-ac162d8a2454",
        "2026-09-01T07:00:00+0200",
        "2026-08-31T11:12:44+02:00",
        "Z1234567890",
        "https://media.cdn.kaufland.de/product-images/2048x2048/7ddfbf37e8c5.jpg",
        "CZ12345678",
        "Ručník froté 50 x 100",
        "1500.00",
        "314568015200035",
    ],
)
def test_what_looks_like_nobody_stays(text):
    assert body_of(K, f"{WAS}/orders/M1", {"message": text}, status=400) == {"message": text}


@pytest.mark.parametrize(
    "text",
    [
        "+420 606 999 888",
        "+49 (30) 1234-5678",
        "00420 606 999 888",
        "eva@mail.example",
        "CZ65 0800 0000 1920 0014 5399",
        "DE89370400440532013000",
        "5e884898da28047151d0e56f8dc62927",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
        "LODfU25035HyRrY03K6JBO94XfLEN0pTLODfU25035",
        "269953-p-1-LODfU25035HyRrY03K6JBO94XfLEN0pT",
    ],
)
def test_what_looks_like_somebody_goes(text):
    made = body_of(K, f"{WAS}/orders/M1", {"message": f"({text})"}, status=400)
    assert made == {"message": f"({GONE})"}


def test_a_value_seen_once_is_found_everywhere():
    note = {"message": "Eva Malá-Nová asked twice; eva malá-nová is not known"}
    made = redact(
        [
            exchange(f"{WAS}/orders/M404", note, status=404),
            exchange(f"{WAS}/units?storefront=cz&id_offer=Eva%20Mal%C3%A1-Nov%C3%A1", {"data": []}),
            exchange(f"{WAS}/orders/M1", {"data": {"buyer": {"email": "Eva Malá-Nová"}}}),
        ],
        K,
    )
    assert json.loads(made[0]["response"]["body"]["string"]) == {
        "message": f"{GONE} asked twice; {GONE} is not known"
    }
    assert made[1]["request"]["uri"] == f"{IS}/units?storefront=cz&id_offer={GONE}"


def test_short_words_are_not_looked_for_elsewhere():
    made = redact(
        [
            exchange(f"{WAS}/orders/M1", {"data": {"buyer": {"email": "cz"}, "storefront": "cz"}}),
            exchange(f"{WAS}/orders/M2", {"data": {"storefront": "cz"}}),
        ],
        K,
    )
    assert [json.loads(each["response"]["body"]["string"])["data"]["storefront"] for each in made] == [
        "cz",
        "cz",
    ]


@pytest.mark.parametrize(
    "place, was, due",
    [
        (K, f"{WAS}/orders/MA1B2C3?embedded=delivery", f"{IS}/orders/MA1B2C3?embedded=delivery"),
        (
            S,
            f"{S.was}/api/orders?email=eva%40mail.example&page=1",
            f"{S.shall_be}/api/orders?email={GONE}&page=1",
        ),
        (S, f"{S.was}/api/orders?code=eva%40mail.example", f"{S.shall_be}/api/orders?code={GONE}"),
        (K, f"{WAS}/products/ean/5e884898da28047151d0e56f8dc62927", f"{IS}/products/ean/{GONE}"),
        (K, f"{WAS}/no/such/operation?key=Eva", ELSEWHERE),
        (S, "https://files.example/result/1?token=LODfU250", ELSEWHERE),
    ],
)
def test_addresses(place, was, due):
    (made,) = redact([exchange(was)], place)
    assert made["request"]["uri"] == due


@pytest.mark.parametrize(
    "was, due",
    [
        ("/units/12/", "/units/12/"),
        (f"{WAS}/units/12", f"{IS}/units/12"),
        ("https://files.example/?token=LODfU250", ELSEWHERE),
    ],
)
def test_where_a_new_thing_is(was, due):
    (made,) = redact([exchange(f"{WAS}/units", method="POST", status=201, came={"Location": [was]})], K)
    assert made["response"]["headers"] == {"location": [due]}


def test_of_headers_only_known_ones_stay():
    sent = {"Shop-Client-Key": "k" * 32, "Shop-Signature": "s" * 64, "Accept": "a/b", "User-Agent": "Eva's"}
    came = {"Date": ["now"], "Set-Cookie": ["eva"], "X-RateLimit-Bucket-Filling": ["1/200"], "Server": ["x"]}
    (made,) = redact([exchange(f"{WAS}/orders/M1", headers=sent, came=came)], K)
    assert made["request"]["headers"] == {"accept": ["a/b"]}
    assert made["response"]["headers"] == {"date": ["now"], "x-ratelimit-bucket-filling": ["1/200"]}


@pytest.mark.parametrize("header", ["Authorization", "Shoptet-Access-Token", "Shoptet-Private-API-Token"])
def test_a_key_that_is_repeated_in_an_answer(header):
    headers = {header: ["Bearer tok-en-1" if header == "Authorization" else "tok-en-1"]}
    (made,) = redact([exchange(f"{S.was}/api/eshop", {"said": "tok-en-1?"}, status=401, headers=headers)], S)
    assert "tok-en" not in json.dumps(made)


def test_what_is_sent():
    data = {"data": {"email": "Eva the Great", "items": [{"name": "Lamp", "code": "L1", "amount": "2"}]}}
    sent = json.dumps(data).encode()
    (made,) = redact([exchange(f"{S.was}/api/orders", None, method="POST", sent=sent)], S)
    due = {"data": {"email": GONE, "items": [{"name": GONE, "code": "L1", "amount": "2"}]}}
    assert json.loads(made["request"]["body"]) == due
    # A name of a lamp is no reason to look for lamps.
    other = exchange(
        f"{S.was}/api/orders/1", {"errors": [{"message": "A lamp of Eva the Great"}]}, status=404
    )
    made = redact([exchange(f"{S.was}/api/orders", None, method="POST", sent=sent), other], S)
    assert json.loads(made[1]["response"]["body"]["string"]) == {"errors": [{"message": f"A lamp of {GONE}"}]}


def test_what_is_sent_and_is_no_json():
    (made,) = redact([exchange(f"{S.was}/api/orders", None, method="POST", sent=b"Eva")], S)
    assert made["request"]["body"] == GONE


@pytest.mark.parametrize("body", [b"%PDF-1.4 Eva", "<p>Eva</p>", gzip.compress(b'{"email": "Eva"}\n')])
def test_files_and_pages_are_gone(body):
    (made,) = redact([exchange(f"{S.was}/api/invoices/1/pdf", body)], S)
    assert made["response"]["body"] == {"string": GONE}


def test_json_that_no_operation_promised_is_gone():
    (made,) = redact([exchange("https://elsewhere.example/", {"who": "Eva"})], S)
    assert made["response"]["body"] == {"string": GONE}


def test_rows_of_a_job_are_unpacked_and_looked_through():
    rows = [
        {"code": "1", "email": "eva@mail.example", "notes": {"customerRemark": "rings twice"}},
        {"code": "2"},
    ]
    packed = gzip.compress("".join(json.dumps(row) + "\n" for row in rows).encode())
    made = redact(
        [
            exchange(f"{S.was}/api/orders/snapshot", {"data": {"jobId": "j1"}}, status=202),
            exchange("https://files.example/?token=1", packed, came={"content-type": ["application/gzip"]}),
        ],
        S,
    )
    assert json.loads(made[0]["response"]["body"]["string"]) == {"data": {"jobId": "j1"}}
    assert [json.loads(line) for line in made[1]["response"]["body"]["gzip"].splitlines()] == [
        {"code": "1", "email": GONE, "notes": {"customerRemark": GONE}},
        {"code": "2"},
    ]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


def leaves(raw):
    if isinstance(raw, dict | list):
        return [leaf for each in (raw.values() if isinstance(raw, dict) else raw) for leaf in leaves(each)]
    return [raw]


@given(JSON, st.sampled_from(["buyer", "shipping_address", "order_invoices", "no_such_key"]))
def test_whatever_comes_in_the_place_of_a_model_tells_nothing_but_its_shape(value, key):
    """Where a model is due and something else comes, nobody knows what it is."""
    made = body_of(K, f"{WAS}/orders/M1", {"data": {"id_order": "M1", key: {"new": value}}})
    assert made["data"].keys() == {"id_order", key}
    kept = leaves(made["data"][key]["new"])
    assert len(kept) == len(leaves(value))
    assert all(leaf in {None, True, False, "", GONE, *(instead for _, instead in SHAPES)} for leaf in kept)


@given(st.text(), JSON)
def test_whatever_is_recorded_can_be_written(text, value):
    made = redact([exchange(f"{WAS}/orders/M1", value), exchange(f"{WAS}/orders/M2", text)], K)
    assert len(made) == 2


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.yaml")), ids=lambda file: str(file.relative_to(ROOT)))
def test_what_is_redacted_stays_as_it_is(file):
    origin, api = file.relative_to(ROOT).parts[:2]
    serializer = Serializer(origin, api)
    again = Serializer(origin, api, serializer.place.shall_be)
    text = file.read_text("utf-8")
    assert again.serialize(serializer.deserialize(text)) == text
