"""Runs the program under test; its path is in TELEGNOSIS."""
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request

PROGRAM = os.environ["TELEGNOSIS"]


def run(data, *arguments, faults=None, check=True, timeout=120, trace=None, program=PROGRAM, cwd=None):
    """Runs one command; returns the completed process, with its output as text."""
    environment = dict(os.environ, TELEGNOSIS_DATA=str(data))
    environment.pop("TG_FAULTS", None)
    if faults:
        environment["TG_FAULTS"] = faults
    if trace:
        environment["TG_FAULT_TRACE"] = str(trace)
    done = subprocess.run([program, *map(str, arguments)], env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=timeout, cwd=cwd)
    if check and done.returncode != 0:
        raise AssertionError(f"{arguments}: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def run_json(data, *arguments, **options):
    return json.loads(run(data, *arguments, "--json", **options).stdout)


def message(number, text, **fields):
    """A message in the format of Telegram Desktop exports."""
    out = {"id": number, "type": "message", "date": "2025-03-01T12:00:00", "date_unixtime": str(1740819600 + number * 60),
           "from": "Dome", "from_id": "channel777", "text": text,
           "text_entities": [{"type": "plain", "text": text}] if text else []}
    out.update(fields)
    return out


def write_export(path, messages, channel_id=777, name="Dome", kind="public_channel"):
    pathlib.Path(path).write_text(json.dumps({"name": name, "type": kind, "id": channel_id, "messages": messages},
                                             ensure_ascii=False), encoding="utf-8")
    return path


def files_with(folder, marker):
    """Every file below the folder that contains the bytes."""
    needle = marker.encode()
    return [str(f) for f in pathlib.Path(folder).rglob("*") if f.is_file() and needle in f.read_bytes()]


SERVICES = ["gateway", "auth", "document", "embedding", "retrieval", "generation", "model", "vector", "telegram"]


def free_ports(count):
    """The first of so many consecutive ports that are free."""
    while True:
        base = random.randrange(20000, 32000)  # below those that the system gives to outgoing connections
        try:
            for port in range(base, base + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return base
        except OSError:
            continue


class Server:
    """`telegnosis serve` on free ports, in a process of its own; ready when the constructor returns.

        with Server(folder / "data") as server:
            status, reply = server.request("GET", "/health")
    """

    def __init__(self, data, only=None, settings=None, faults=None, port_base=0, timeout=60, user=None, program=PROGRAM):
        self.data = pathlib.Path(data)
        self.only = only
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("TELEGNOSIS_", "TG_"))}
        environment["LOG_FORMAT"] = "json"
        environment.update(settings or {})
        if faults:
            environment["TG_FAULTS"] = faults
        arguments = [program, "serve", "--data", str(data), "--port-base", str(port_base)] + (["--only", only] if only else [])
        # Its own working folder: no .env or telegnosis.toml from elsewhere.
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        as_user = {}
        if user is not None:
            os.chown(self.data, user, user)
            as_user = {"user": user, "group": user, "extra_groups": []}
        self.process = subprocess.Popen(arguments, **as_user, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, cwd=str(self.data))
        self.lines = []
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if not self._ready.wait(timeout) or not self.is_ready:
            self.kill()
            raise AssertionError("the server did not start:\n" + "\n".join(self.lines))

    def _read(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip("\n"))
            if line.startswith("telegnosis is ready: "):
                self._ready.set()
        self.process.stderr.close()
        self._ready.set()  # it has ended

    @property
    def is_ready(self):
        return any(line.startswith("telegnosis is ready: ") for line in self.lines)

    def run_file(self, service="gateway"):
        return json.loads((self.data / "run" / f"{service}.json").read_text())

    def url(self, service="gateway"):
        return self.run_file(service)["url"]

    @property
    def key(self):
        """The local key, which the owner of the data folder can use as an access token."""
        return self.run_file(next((self.data / "run").glob("*.json")).stem)["key"]

    def request(self, method, path, body=None, service="gateway", token=None, headers=None, timeout=60):
        return request(self.url(service) + path, method, body, token, headers, timeout)

    def stop(self, timeout=60):
        """Sends SIGTERM; returns the exit code."""
        self.process.terminate()
        code = self.process.wait(timeout)
        self._reader.join(timeout)
        return code

    def kill(self):
        self.process.kill()
        self.process.wait(60)
        self._reader.join(60)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()


def others_may_run():
    """Whether processes can run as other users: if we are root and the program is accessible to all."""
    if os.geteuid() != 0:
        return False
    try:
        return subprocess.run([PROGRAM, "version"], user=20001, group=20001, extra_groups=[], cwd="/", capture_output=True).returncode == 0
    except OSError:
        print(f"{PROGRAM} is not accessible to other users: all nine processes run as this one", file=sys.stderr)
        return False


class Cluster:
    """A process per service, each with its own data folder and, if we are root, its own user."""

    def __init__(self, folder, settings=None):
        self.folder = pathlib.Path(folder)
        self.users = {name: 20001 + i for i, name in enumerate(SERVICES)} if others_may_run() else {}
        self.folder.chmod(0o711)
        self.base = free_ports(len(SERVICES))
        self.settings = {f"{name.upper()}_URL": f"http://127.0.0.1:{self.base + i}" for i, name in enumerate(SERVICES)}
        self.settings["SERVICE_SECRET"] = "a secret of more than thirty-two characters"
        self.settings.update(settings or {})
        self.servers = {}
        try:
            # Not in dependency order: a service must start without the others.
            for name in SERVICES:
                self.start(name)
        except BaseException:
            self.kill()
            raise

    def start(self, name, **options):
        self.servers[name] = Server(self.folder / name, only=name, settings=self.settings, port_base=self.base,
                                    user=self.users.get(name), **options)
        return self.servers[name]

    def stop(self):
        """Sends SIGTERM to all; returns the exit codes by service."""
        for server in self.servers.values():
            if server.process.poll() is None:
                server.process.terminate()
        return {name: server.process.wait(60) for name, server in self.servers.items()}

    def kill(self):
        for server in self.servers.values():
            server.kill()


def request(url, method="GET", body=None, token=None, headers=None, timeout=60):
    """One HTTP request; returns (status, reply), with JSON replies parsed. `body`: JSON, or raw bytes."""
    headers = dict(headers or {})
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = body
    if body is not None and not isinstance(body, bytes):
        data = json.dumps(body).encode()
        headers.setdefault("Content-Type", "application/json")
    sent = urllib.request.Request(url, data=data, method=method, headers=headers)
    try:
        with urllib.request.urlopen(sent, timeout=timeout) as answer:
            return answer.status, _reply(answer)
    except urllib.error.HTTPError as answer:
        return answer.code, _reply(answer)


def _reply(answer):
    text = answer.read()
    if "json" in (answer.headers.get("Content-Type") or ""):
        return json.loads(text)
    return text


def multipart(field, filename, content, **fields):
    """(body, headers) of a multipart form with one file."""
    border = "----telegnosis-test-border"
    parts = [f'--{border}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
             for name, value in fields.items()]
    parts.append(f'--{border}\r\nContent-Disposition: form-data; name="{field}"; filename="{filename}"\r\n'
                 "Content-Type: application/octet-stream\r\n\r\n".encode() + content + b"\r\n")
    return b"".join(parts) + f"--{border}--\r\n".encode(), {"Content-Type": f"multipart/form-data; boundary={border}"}


def events(url, token, body=None, timeout=60):
    """Yields the server-sent events of an address as (name, data), until the stream ends. With a body: by POST."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream", "Content-Type": "application/json"}
    sent = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), headers)
    with urllib.request.urlopen(sent, timeout=timeout) as answer:
        name, data = "message", []
        for line in answer:
            line = line.decode().rstrip("\r\n")
            if line.startswith("event:"):
                name = line[6:].strip()
            elif line.startswith("data:"):
                data.append(line[5:].strip())
            elif not line and (data or name != "message"):
                yield name, "\n".join(data)
                name, data = "message", []
