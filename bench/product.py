"""The program as a server for benchmarks: its own data folder, free ports, an admin, limits raised."""
import http.client
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

PROGRAM = os.environ.get("TELEGNOSIS", str(pathlib.Path(__file__).resolve().parent.parent / "build/release/telegnosis"))
LIMITS = {name: "1000000000" for name in ("RATE_LIMIT_PER_MINUTE", "RATE_LIMIT_PER_HOUR", "RATE_LIMIT_PER_DAY")}
EMAIL, PASSWORD = "bench@example.org", "a long bench password"


class Product:
    """Starts `telegnosis serve`, logs in; `call()` speaks JSON over one kept connection."""

    def __init__(self, data=None, **environment):
        self.folder = data or tempfile.mkdtemp(prefix="tg_bench_")
        self.own_folder = data is None
        self.environment = dict(os.environ, TELEGNOSIS_DATA=str(self.folder), RATE_LIMITS_BY_ROUTE="off", **LIMITS, **environment)
        self.run("users", "add", EMAIL, "--admin", "--password-stdin", input=PASSWORD + "\n", check=False)
        self.start()

    def run(self, *arguments, input=None, check=True):
        return subprocess.run([PROGRAM, *map(str, arguments)], env=self.environment, input=input, check=check,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def start(self):
        self.log = open(pathlib.Path(self.folder).with_suffix(".log"), "w")
        self.process = subprocess.Popen([PROGRAM, "serve", "--port-base", "0"], env=self.environment, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            self.log.write(line)
            if "http://" in line and "ready" in line.lower():
                break
        run_file = json.loads((pathlib.Path(self.folder) / "run" / "gateway.json").read_text())
        self.address = run_file["address"].removeprefix("http://")
        self.connection = http.client.HTTPConnection(self.address)
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
            raise RuntimeError(f"{method} {path}: {answer.status} {text[:500]!r}")
        return json.loads(text)

    def memory(self):
        """Resident and anonymous memory of the server in MB."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        fields = dict(line.split(":", 1) for line in status.splitlines())
        return {name: int(fields[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon", "VmHWM")}

    def stop(self):
        self.process.terminate()
        self.process.communicate()
        if self.own_folder:
            shutil.rmtree(self.folder)
