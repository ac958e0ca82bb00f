"""`telegnosis serve` for the duration of a test, on ports chosen by the system."""
import os
import re
import subprocess

from telegnosis import PROGRAM


class Serving:
    """`with Serving(data) as server`: `url` is the gateway's, `setup_link` that of the first start, or None."""

    def __init__(self, data, *arguments, environment=None):
        settings = dict(os.environ, TELEGNOSIS_DATA=str(data), **(environment or {}))
        settings.pop("TG_FAULTS", None)
        self.said = []
        self.url = self.setup_link = None
        self.process = subprocess.Popen([PROGRAM, "serve", "--port-base", "0", *arguments], env=settings,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for line in self.process.stderr:
            self.said.append(line)
            if found := re.search(r"https?://\S+/#setup=\S+", line):
                self.setup_link = found[0]
            if found := re.search(r"telegnosis is ready: (https?://[^\s/]+)", line):
                self.url = found[1]
                return
        raise AssertionError("telegnosis serve ended: " + "".join(self.said))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        _, rest = self.process.communicate(timeout=60)
        self.said.append(rest)
