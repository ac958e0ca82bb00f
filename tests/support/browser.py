"""Debian's Chromium, headless, driven over the WebDriver protocol with the standard library alone."""
import base64
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import urllib.error
import urllib.request

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"]
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
ENTER = "\ue007"


class Browser:
    """One window; `with Browser() as browser`. Elements are selected by CSS selectors and waited for."""

    def __init__(self, language="en", width=1280, height=860, patience=20):
        self.profile = pathlib.Path(tempfile.mkdtemp(prefix="tg_browser_"))
        self.driver = subprocess.Popen([os.environ.get("CHROMEDRIVER", "chromedriver"), "--port=0"], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True)
        self.address = None
        for line in self.driver.stdout:
            if found := re.search(r"started successfully on port (\d+)", line):
                self.address = f"http://127.0.0.1:{found[1]}"
                break
        flags = FLAGS + [f"--user-data-dir={self.profile}", f"--window-size={width},{height}", f"--accept-lang={language}"]
        self.path = ""
        self.path = "/session/" + self.send("POST", "/session", {"capabilities": {"alwaysMatch": {
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            "goog:chromeOptions": {"args": flags, "prefs": {"intl.accept_languages": language}}}}})["sessionId"]
        self.send("POST", "/timeouts", {"implicit": patience * 1000, "script": patience * 1000})
        self.requested = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.send("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()
            shutil.rmtree(self.profile, ignore_errors=True)

    def send(self, method, path, body=None):
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(self.address + self.path + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request) as reply:
                return json.load(reply)["value"]
        except urllib.error.HTTPError as error:
            problem = json.load(error)["value"]
            raise AssertionError(f"{path} {body}: {problem['error']}: {problem['message']}") from None

    def open(self, url):
        self.send("POST", "/url", {"url": url})

    def js(self, script, *arguments):
        return self.send("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, condition):
        """Waits until the JavaScript expression is true; evaluated before every frame."""
        self.send("POST", "/execute/async", {"script": f"""
            const done = arguments[0];
            const look = () => {condition} ? done(true) : requestAnimationFrame(look);
            look();""", "args": []})

    def find(self, selector):
        return self.send("POST", "/element", {"using": "css selector", "value": selector})[ELEMENT]

    def click(self, selector):
        """Scrolls the element to the middle first, as the fixed bars of the page would cover it at an edge."""
        element = self.find(selector)
        self.js("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", {ELEMENT: element})
        self.send("POST", f"/element/{element}/click")

    def type(self, selector, text):
        self.send("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def choose_files(self, selector, *paths):
        self.type(selector, "\n".join(map(str, paths)))

    def text(self, selector):
        return self.send("GET", f"/element/{self.find(selector)}/text")

    def resize(self, width, height, mobile=False):
        self.send("POST", "/goog/cdp/execute", {"cmd": "Emulation.setDeviceMetricsOverride", "params": {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile}})

    def screenshot(self, path):
        pathlib.Path(path).write_bytes(base64.b64decode(self.send("GET", "/screenshot")))

    def complaints(self):
        """New console errors: exceptions, blocked loads, policy violations."""
        return [f"{entry['source']}: {entry['message']}" for entry in self.send("POST", "/se/log", {"type": "browser"})
                if entry["level"] == "SEVERE" or entry["source"] == "security"]

    def requests(self):
        """URLs of all requests that the browser has sent so far."""
        for entry in self.send("POST", "/se/log", {"type": "performance"}):
            message = json.loads(entry["message"])["message"]
            if message["method"] in ("Network.requestWillBeSent", "Network.webSocketCreated"):
                url = message["params"].get("url") or message["params"]["request"]["url"]
                if not url.startswith(("data:", "blob:", "chrome:", "about:")):
                    self.requested.append(url)
        return self.requested
