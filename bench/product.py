"""The program as a server for benchmarks: its own data folder, free ports, no rate limits."""
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/support"))
from limits import NO_LIMITS  # noqa: E402

PROGRAM = os.environ.get("TELEGNOSIS", str(pathlib.Path(__file__).resolve().parent.parent / "build/release/telegnosis"))
EMAIL, PASSWORD = "bench@example.org", "a long password for benchmarks"


class Product:
    """Starts `telegnosis serve` and logs in; `call()` sends JSON over one persistent connection."""

    def __init__(self, export=None, settings=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_bench_"))
        self.environment = dict(os.environ, TELEGNOSIS_DATA=str(self.folder / "data"), **NO_LIMITS, **(settings or {}))
        self.run("users", "add", EMAIL, "--admin", "--password-stdin", input=PASSWORD + "\n")
        if export:
            self.run("import", export)
        self.start()

    def run(self, *arguments, input=None):
        done = subprocess.run([PROGRAM, *map(str, arguments)], env=self.environment, input=input, capture_output=True, text=True,
                              cwd=self.folder)
        if done.returncode != 0:
            raise SystemExit(f"{arguments}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def start(self):
        self.process = subprocess.Popen([PROGRAM, "serve", "--port-base", "0"], env=self.environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, cwd=self.folder)
        for line in self.process.stderr:
            if line.startswith("telegnosis is ready: "):
                break
        else:
            raise SystemExit("the server did not start")
        threading.Thread(target=self.process.stderr.read, daemon=True).start()
        self.url = json.loads((self.folder / "data" / "run" / "gateway.json").read_text())["url"]
        self.connection = http.client.HTTPConnection(self.url.removeprefix("http://"))
        self.token = None
        self.token = self.call("POST", "/auth/login", {"email": EMAIL, "password": PASSWORD})["access_token"]

    def call(self, method, path, body=None):
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 400:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:500]!r}")
        return json.loads(text)

    def memory(self):
        """Resident and anonymous memory of the server in MB."""
        lines = pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        return {name: int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon")}

    def stop(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder)
