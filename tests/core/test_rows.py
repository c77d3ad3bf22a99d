"""Result files: whatever comes, in whatever pieces, every row once, and a clear word when there is none."""

from __future__ import annotations

import gzip
import json
import zlib
from itertools import pairwise

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from kaufland_shoptet import SHOPTET, UNSET, Unset
from kaufland_shoptet._core import rows as module
from kaufland_shoptet._core.exchange import Policy
from kaufland_shoptet._core.rows import REDIRECTS, SMALL, Download, Interrupted, RowLimits, RowReader
from kaufland_shoptet._core.values import Model
from kaufland_shoptet.errors import ResultError

LAW = settings(deadline=None, max_examples=80)
URL = "https://269953.myshoptet.com/api-results/1xv8s4c-abc.json"


@frozen(kw_only=True)
class Thing(Model):
    code: str
    unit_count: int | Unset = UNSET


def lines(rows, end="\n"):
    return "".join(json.dumps(row) + end for row in rows).encode()


def reader(*, skip=0, **limits):
    return RowReader(SHOPTET, "1xv8s4c", Thing, RowLimits(**limits), skip)


def pieces(data, size):
    return [data[start : start + size] for start in range(0, len(data), size)]


def read(parts, **how):
    taken = reader(**how)
    found = [row for part in parts for row in taken.feed(part)]
    return [*found, *taken.end()]


def failure(parts, **how):
    with pytest.raises(ResultError) as caught:
        read(parts, **how)
    assert caught.value.job_id == "1xv8s4c"
    return f"{caught.value.row}: {caught.value.problem}"


ROWS = [{"code": f"A{number}", "unitCount": number} for number in range(9)]
THINGS = [Thing(code=row["code"], unit_count=row["unitCount"]) for row in ROWS]

rows = st.lists(
    st.fixed_dictionaries(
        {"code": st.text(max_size=12), "unitCount": st.integers(-(2**40), 2**40)},
        optional={"new": st.text(max_size=5) | st.lists(st.integers(-9, 9), max_size=3)},
    ),
    max_size=12,
)


def cut(data, places):
    bounds = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:stop] for start, stop in pairwise(bounds)]


@LAW
@given(
    rows,
    st.lists(st.integers(0, 10_000), max_size=20),
    st.sampled_from(["gzip", "gzip in parts", "plain", "envelope", "pretty"]),
    st.sampled_from(["\n", "\r\n", "\n\n"]),
    st.booleans(),
)
def test_the_same_rows_come_out_however_the_file_is_made_and_cut(given_rows, places, kind, end, ended):
    data = lines(given_rows, end)
    if not ended:
        data = data.rstrip()
    match kind:
        case "gzip":
            data = gzip.compress(data)
        case "gzip in parts":
            half = len(data) // 2
            data = gzip.compress(data[:half]) + gzip.compress(data[half:]) + b"\0" * 3
        case "envelope" | "pretty":
            envelope = {"data": {"things": given_rows}, "errors": None, "metadata": {"requestId": "x"}}
            data = json.dumps(envelope, indent=None if kind == "envelope" else 1).encode()
    taken = reader()
    found = [row for part in cut(data, places) for row in taken.feed(part)]
    found += taken.end()
    assert SHOPTET.codec.encode(found) == given_rows
    assert taken.rows == len(given_rows)


@LAW
@given(rows, st.integers(0, 14), st.integers(1, 60), st.booleans())
def test_rows_that_were_given_are_passed_over(given_rows, skip, size, packed):
    data = lines(given_rows)
    parts = pieces(gzip.compress(data) if packed else data, size)
    if skip > len(given_rows):
        assert failure(parts, skip=skip).endswith("it was given before and is not in the file any more")
    else:
        assert SHOPTET.codec.encode(read(parts, skip=skip)) == given_rows[skip:]


@LAW
@given(st.integers(0, 10_000))
def test_a_file_that_ends_too_early_is_noticed_at_every_place(place):
    data = gzip.compress(lines(ROWS))
    place %= len(data)
    if place < 2:
        return
    told = failure([data[:place]])
    assert told.endswith("the file ends in the middle of it")
    assert 1 <= int(told.partition(":")[0]) <= len(ROWS) + 1


def test_an_empty_file_has_no_rows():
    assert read([]) == read([b""]) == read([gzip.compress(b"")]) == read([b"\n", b" \n"]) == []


def test_a_single_byte_is_not_yet_gzip():
    assert failure([b"\x1f"]) == "1: it is not JSON"
    assert failure([b"{"]) == "1: it is not JSON"


def test_a_row_cut_off_in_a_plain_file_is_not_json():
    assert failure([lines(ROWS)[:-5]]) == "9: it is not JSON"


def test_a_row_of_another_shape_is_named_with_its_path():
    assert failure([lines([*ROWS, {"code": 1}])]) == "10: a string was due, a number came @ $.code"
    assert failure([b"null\n"]) == "1: an object was due, null came @ $"


def test_damage_is_noticed():
    data = bytearray(gzip.compress(lines(ROWS)))
    data[-5] ^= 1  # the checksum
    assert failure([bytes(data)]).endswith("the file is damaged")
    assert failure([gzip.compress(lines(ROWS)) + b"rubbish"]) == "10: the file is damaged"


def test_a_file_that_unpacks_far_beyond_its_size_is_refused():
    bomb = gzip.compress(b" " * (40 * SMALL))
    assert failure([bomb]) == "1: the file unpacks to more than 300 times its size"
    assert failure(pieces(gzip.compress(lines(ROWS * 100)), 50), total=1000) == (
        "9: the file unpacks to more than 1000 bytes"
    )


def test_what_is_small_may_be_packed_as_well_as_it_can():
    assert read([gzip.compress(lines(ROWS) + b" " * (SMALL // 2))]) == THINGS
    assert read([gzip.compress(lines(ROWS * 40000))], ratio=1000)[-1] == THINGS[-1]


def test_a_bomb_is_noticed_before_it_is_unpacked(monkeypatch):
    made = []

    class Counting:
        def __init__(self, bits):
            self._inner = zlib.decompressobj(bits)

        def decompress(self, data, most):
            block = self._inner.decompress(data, most)
            made.append(len(block))
            return block

        def __getattr__(self, name):
            return getattr(self._inner, name)

    class Zlib:
        MAX_WBITS = zlib.MAX_WBITS
        error = zlib.error
        decompressobj = Counting

    monkeypatch.setattr(module, "zlib", Zlib)
    failure([gzip.compress(b" " * (40 * SMALL))])
    assert max(made) <= module.BLOCK
    assert sum(made) < 15 * SMALL


def test_a_row_may_be_long_but_not_endless():
    long = {"code": "x" * 300_000}
    assert read(pieces(gzip.compress(lines([long, *ROWS])), 100))[0].code == long["code"]
    assert failure([lines([*ROWS, long])], line=1000) == "10: it is longer than 1000 bytes"
    assert failure([lines(ROWS), b"x" * 1001], line=1000) == "10: it is longer than 1000 bytes"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (ROWS, THINGS),
        ({"things": ROWS}, THINGS),
        (ROWS[0], THINGS[:1]),
        ({"code": "A0", "one": [], "two": []}, [Thing(code="A0")]),
        (None, []),
    ],
)
def test_an_envelope_holds_the_rows_in_its_data(data, found):
    assert read([lines([{"data": data, "errors": None}])]) == found


def test_an_envelope_of_something_else_is_refused():
    assert failure([lines([{"data": 5}])]) == "1: an object was due, a number came @ $"


def test_errors_in_an_envelope_are_told_after_its_rows():
    error = {"errorCode": "file-not-found", "message": "gone", "instance": "b.png"}
    taken = reader()
    assert list(taken.feed(lines([{"data": ROWS[:2], "errors": [error]}]))) == THINGS[:2]
    with pytest.raises(ResultError) as caught:
        list(taken.end())
    assert caught.value.problem == "file-not-found gone (b.png)"
    assert caught.value.row == 3


def test_a_row_that_only_looks_like_an_envelope_is_a_row():
    @frozen(kw_only=True)
    class Odd(Model):
        data: int
        code: str

    taken = RowReader(SHOPTET, "1", Odd, RowLimits())
    assert list(taken.feed(b'{"data": 1, "code": "x"}\n')) == [Odd(data=1, code="x")]


# Downloads.


def download(*, attempts=5, url=URL):
    return Download(SHOPTET, "1xv8s4c", url, Thing, RowLimits(), Policy(attempts=attempts))


DATA = gzip.compress(lines(ROWS))
HALF = len(DATA) // 2


def refusal(act):
    with pytest.raises(ResultError) as caught:
        act()
    return f"{caught.value.row}: {caught.value.problem}"


def test_a_download_asks_gives_and_ends():
    file = download()
    assert (file.url, file.headers) == (URL, {"Accept-Encoding": "identity"})
    assert file.opened(200, {"content-length": str(len(DATA))})
    assert [*file.feed(DATA), *file.end()] == THINGS
    assert file.done


@pytest.mark.parametrize(
    ("offered", "asked"),
    [
        ({"accept-ranges": "bytes"}, {"Range": f"bytes={HALF}-"}),
        ({"accept-ranges": "bytes", "etag": '"v1"'}, {"Range": f"bytes={HALF}-", "If-Range": '"v1"'}),
        ({"accept-ranges": "bytes", "etag": 'W/"v1"'}, {"Range": f"bytes={HALF}-"}),
    ],
)
def test_a_download_goes_on_where_it_broke_off(offered, asked):
    file = download()
    file.opened(200, {"content-length": str(len(DATA)), **offered})
    found = list(file.feed(DATA[:HALF]))
    with pytest.raises(Interrupted, match=f"only {HALF} of {len(DATA)} bytes came"):
        list(file.end())
    assert file.headers == {"Accept-Encoding": "identity", **asked}
    rest = {"content-range": f"bytes {HALF}-{len(DATA) - 1}/{len(DATA)}"}
    assert file.opened(206, {**rest, "content-length": str(len(DATA) - HALF)})
    assert [*found, *file.feed(DATA[HALF:]), *file.end()] == THINGS


@pytest.mark.parametrize("ranges", [True, False])
def test_a_download_begins_anew_where_it_must_and_gives_no_row_twice(ranges):
    file = download()
    plain = lines(ROWS)
    file.opened(200, {"accept-ranges": "bytes"} if ranges else {})
    found = list(file.feed(plain[:100]))
    assert 0 < len(found) < len(ROWS)
    assert ("Range" in file.headers) is ranges
    assert file.opened(200, {})  # the whole once more
    again = list(file.feed(plain[:10]))
    assert file.opened(200, {})  # … and once more, broken off even earlier
    assert [*found, *again, *file.feed(plain), *file.end()] == THINGS


def test_another_part_than_asked_for_is_not_taken():
    file = download()
    file.opened(200, {"accept-ranges": "bytes"})
    found = list(file.feed(DATA[:HALF]))
    with pytest.raises(Interrupted, match="another part"):
        file.opened(206, {"content-range": "bytes 7-99/100"})
    assert "Range" not in file.headers
    assert file.opened(200, {})
    assert [*found, *file.feed(DATA), *file.end()] == THINGS


def test_a_range_that_is_not_there_begins_anew():
    file = download()
    file.opened(200, {"accept-ranges": "bytes"})
    list(file.feed(DATA[:HALF]))
    with pytest.raises(Interrupted, match="the file ended too early"):
        list(file.end())
    with pytest.raises(Interrupted, match="answered 416"):
        file.opened(416, {})
    assert "Range" not in file.headers


@pytest.mark.parametrize("status", [408, 425, 429, 500, 503])
def test_a_server_may_have_a_bad_moment(status):
    with pytest.raises(Interrupted, match=f"the server answered {status}"):
        download().opened(status, {})


def test_a_web_page_is_no_result():
    with pytest.raises(Interrupted, match="a web page came"):
        download().opened(200, {"content-type": "text/html; charset=utf-8"})


@pytest.mark.parametrize("status", [404, 410])
def test_a_result_is_gone_after_a_day(status):
    told = refusal(lambda: download().opened(status, {}))
    assert told == (
        f"1: there is no file any more ({status}); a result is kept for a day. Start the job again"
    )


@pytest.mark.parametrize(("status", "headers"), [(401, {}), (302, {}), (204, {})])
def test_other_answers_are_refused(status, headers):
    assert refusal(lambda: download().opened(status, headers)) == f"1: the server answered {status}"


def test_redirects_are_followed_a_few_times():
    file = download()
    assert not file.opened(302, {"location": "/other"})
    assert file.url == "https://269953.myshoptet.com/other"
    for _ in range(REDIRECTS - 1):
        assert not file.opened(307, {"location": "https://cdn.example/x"})
    assert refusal(lambda: file.opened(302, {"location": "/x"})) == "1: the server answered 302"


@pytest.mark.parametrize(
    "url", ["http://269953.myshoptet.com/x", "ftp://127.0.0.1/x", "file:///etc/passwd", "https://[::1", ""]
)
def test_only_safe_addresses_are_asked(url):
    unsafe = "1: its address is not one that begins with https"
    assert refusal(lambda: download(url=url)) == unsafe
    if url:
        assert refusal(lambda: download().opened(302, {"location": url})) == unsafe


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000/x", "http://localhost/x", "http://[::1]/x"])
def test_this_machine_may_be_asked_in_the_clear(url):
    assert download(url=url).url == url


def test_attempts_in_vain_are_counted_and_progress_begins_a_new_count():
    file = download(attempts=2)
    assert file.again(Interrupted("timed out")) >= 0
    file.opened(200, {})
    found = list(file.feed(lines(ROWS[:3])))
    assert len(found) == 3
    assert file.again(Interrupted("timed out")) >= 0
    file.opened(200, {})
    assert list(file.feed(lines(ROWS[:3]))) == []  # as far as before is no progress
    assert refusal(lambda: file.again(Interrupted("timed out"))) == (
        "4: timed out; given up after 2 attempts in vain"
    )


def test_the_address_is_never_told():
    with pytest.raises(ResultError) as caught:
        download(url="http://secret.example/x")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("kind", [dict, list, bytes, object])
def test_what_rows_cannot_be_is_refused_before_anything_is_read(kind):
    with pytest.raises(TypeError, match=f"{kind!r} cannot be read"):
        RowReader(SHOPTET, "1xv8s4c", kind, RowLimits())
