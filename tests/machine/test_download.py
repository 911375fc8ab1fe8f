"""Downloads into the cache from a server of our own: whole, broken off, resumed, wrong, slow, absent, two at once."""

import hashlib
import http.server
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from mogan.errors import InputError
from mogan.machine import download
from mogan.machine.download import fetch

FILE = np.random.default_rng(0).bytes(300_000)
SHA256 = hashlib.sha256(FILE).hexdigest()


class Handler(http.server.BaseHTTPRequestHandler):
    """/good, /no_ranges, /wrong, /slow, /broken (100,000 bytes a request); anything else is absent."""

    def do_GET(self):
        self.server.asked.append((self.path, self.headers.get("Range")))
        kind, content = self.path.strip("/"), FILE
        if kind not in ("good", "no_ranges", "wrong", "slow", "broken"):
            return self.send_error(404)
        start = 0
        if (asked := self.headers.get("Range")) and kind != "no_ranges":
            start = int(asked.removeprefix("bytes=").removesuffix("-"))
            if start >= len(content):
                return self.send_error(416)
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        content = content[start:]
        if kind == "wrong":
            content = bytes(len(content))
        if kind == "broken":
            content = content[:100_000]
        for at in range(0, len(content), 50_000):
            self.wfile.write(content[at : at + 50_000])
            time.sleep(0.05 if kind == "slow" else 0)

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("MOGAN_OFFLINE", "0")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as served:
        served.asked = []
        thread = threading.Thread(target=served.serve_forever, args=(0.01,))
        thread.start()
        served.url = f"http://127.0.0.1:{served.server_port}"
        yield served
        served.shutdown()
        thread.join()


def get(server, path, *kinds):
    return fetch([f"{server.url}/{kind}" for kind in kinds], path, SHA256)


def whole(path):
    assert path.read_bytes() == FILE
    assert sorted(file.name for file in path.parent.iterdir()) == [path.name, f"{path.name}.lock"]
    return True


@pytest.mark.parametrize("kind", ["good", "no_ranges", "slow"])
def test_whole_file_is_fetched_once(server, kind, tmp_path):
    path = tmp_path / "new" / "file"
    assert get(server, path, kind) == path and whole(path)
    assert get(server, path, kind) == path and len(server.asked) == 1


def test_what_breaks_off_is_gone_on_with(server, tmp_path):
    assert whole(get(server, tmp_path / "file", "broken"))
    assert server.asked == [("/broken", None), ("/broken", "bytes=100000-"), ("/broken", "bytes=200000-")]


@pytest.mark.parametrize("kind", ["good", "no_ranges"])
def test_interrupted_download_is_resumed_by_the_next_call(server, kind, tmp_path):
    (tmp_path / "file.part").write_bytes(FILE[:120_000])
    assert whole(get(server, tmp_path / "file", kind))
    assert server.asked == [(f"/{kind}", "bytes=120000-")]


def test_part_of_another_file_is_thrown_away(server, tmp_path):
    (tmp_path / "file.part").write_bytes(bytes(len(FILE) + 1))
    assert whole(get(server, tmp_path / "file", "good"))


def test_second_address_where_the_first_fails(server, tmp_path):
    for number, first in enumerate(("absent", "wrong")):
        assert whole(get(server, tmp_path / str(number) / "file", first, "good"))


def test_reasons_of_all_addresses_in_one_line(server, tmp_path):
    wrong = hashlib.sha256(bytes(len(FILE))).hexdigest()
    message = f"/absent: .*Not Found; .*/wrong: the file there has the SHA-256 {wrong}, not {SHA256}$"
    with pytest.raises(InputError, match=message):
        get(server, tmp_path / "file", "absent", "wrong")
    assert [file.name for file in tmp_path.iterdir()] == ["file.lock"]
    with pytest.raises(InputError, match="refused"):
        fetch(["http://127.0.0.1:1/file"], tmp_path / "file", SHA256)


def test_server_that_falls_silent(server, tmp_path, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 0.01)
    with pytest.raises(InputError, match="timed out"):
        get(server, tmp_path / "file", "slow")


def test_offline_asks_nobody(server, tmp_path, monkeypatch):
    monkeypatch.setenv("MOGAN_OFFLINE", "1")
    with pytest.raises(InputError, match="MOGAN_OFFLINE is set"):
        get(server, tmp_path / "file", "good")
    (tmp_path / "file").write_bytes(FILE)
    assert get(server, tmp_path / "file", "good") == tmp_path / "file"
    assert not server.asked


def test_folder_that_cannot_be_made(server, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(InputError, match="cannot be written"):
        get(server, tmp_path / "file" / "below", "good")


PROGRAM = """
import sys
from pathlib import Path
from mogan.machine.download import fetch
fetch([sys.argv[1]], Path(sys.argv[2]), sys.argv[3])
"""


def test_of_two_processes_one_downloads(server, tmp_path):
    command = [sys.executable, "-c", PROGRAM, f"{server.url}/slow", str(tmp_path / "file"), SHA256]
    both = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    assert [(process.communicate()[1], process.returncode) for process in both] == [("", 0)] * 2
    assert whole(tmp_path / "file") and len(server.asked) == 1
