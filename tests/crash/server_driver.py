"""`telegnosis serve` under kill -9 while it is used: uploads, imports, deletions, accounts, vectors, SIGTERM."""
import http.client
import json
import os
import pathlib
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
import urllib.error

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from limits import NO_LIMITS  # noqa: E402
from pages import CHANNEL, POSTS, PageServer  # noqa: E402
from telegnosis import Server, message, multipart, run, write_export  # noqa: E402

WORDS = "орбита купол зеркало трамвай депо вагон планетарий mirror telescope orbit station depot museum ticket".split()
DEAD = (urllib.error.URLError, http.client.HTTPException, ConnectionError, TimeoutError, FileNotFoundError)
PASSWORD = "correct horse 1"


class Lost(AssertionError):
    pass


class Ledger:
    """What was sent and what was acknowledged, a synced line each: the only record that survives a kill."""

    def __init__(self, path):
        self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_DSYNC, 0o600)

    def note(self, *words):
        os.write(self.file, (" ".join(map(str, words)) + "\n").encode())

    def close(self):
        os.close(self.file)


def pending(data):
    """How much a killed program had accepted and not finished. Reads copies, so that nothing is recovered by reading."""
    questions = {"telegram": "SELECT (SELECT count(*) FROM outbox_events) + "
                             "(SELECT count(*) FROM jobs WHERE state NOT IN ('done', 'failed', 'cancelled'))",
                 "document": "SELECT count(*) FROM documents WHERE state <> 'completed'"}
    count = 0
    with tempfile.TemporaryDirectory(prefix="tg_pending_") as copies:
        for service, question in questions.items():
            for ending in ("", "-wal"):
                file = data / service / f"{service}.db{ending}"
                if file.exists():
                    shutil.copy(file, copies)
            try:
                with sqlite3.connect(pathlib.Path(copies) / f"{service}.db") as database:
                    count += database.execute(question).fetchone()[0]
                database.close()
            except sqlite3.OperationalError:
                pass  # killed before its tables were made
    return count


def check_all_is_well(fsck):
    """No violation, and nothing still pending."""
    if fsck.returncode != 0:
        raise Lost(f"fsck: {fsck.stdout}{fsck.stderr}")
    found = json.loads(fsck.stdout)
    if found["telegram"]["counts"]["outbox"] != 0 or found["document"]["counts"]["unfinished"] != 0:
        raise Lost(f"something is left over: {found}")


class ServerDriver:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_crash_server_"))
        self.data = self.folder / "data"
        self.ledger = Ledger(self.folder / "ledger")
        self.lock = threading.Lock()
        self.last_place = self.folder / "last_place"
        self.pages = PageServer()
        self.server = None
        self.made = 0
        self.documents = {}  # word -> {"text", "id" once acknowledged}
        self.deleted = {}  # word -> whether it was acknowledged
        self.channels = {}  # channel id -> {"texts", "job" once acknowledged}
        self.checked = set()
        self.unanswered = 0  # requests in flight at the last kill
        self.stopping = False  # SIGTERM was sent: requests may be refused

    def close(self):
        if self.server and self.server.process.poll() is None:
            self.server.kill()
        self.pages.close()
        self.ledger.close()
        shutil.rmtree(self.folder)

    def start(self, faults=None, trace=None):
        """Returns whether the server came up; with faults it may be killed before."""
        self.stopping = False
        self.last_place.unlink(missing_ok=True)
        settings = dict(NO_LIMITS, TG_FAULT_LAST=str(self.last_place), **self.pages.settings)
        if trace:
            settings["TG_FAULT_TRACE"] = str(trace)
        try:
            self.server = Server(self.data, settings=settings, faults=faults)
            return True
        except AssertionError as error:
            if not faults or self.stage() not in faults:
                raise Lost(f"does not start again: {error}") from error
            return False

    def stage(self):
        return self.last_place.read_text().strip() if self.last_place.exists() else "the start of the program"

    def call(self, method, path, body=None, headers=None, token=None):
        token = token or self.server.key
        return self.server.request(method, path, body, token=token, headers=headers, timeout=60)

    def expect(self, statuses, method, path, body=None, headers=None, token=None):
        status, reply = self.call(method, path, body, headers, token)
        if self.stopping and status == 503:
            raise ConnectionError("the server is stopping")
        if status not in statuses:
            raise Lost(f"{method} {path}: {status} {reply}")
        return status, reply

    # What clients do; each action is noted before it is sent and after it is acknowledged.

    def next_number(self):
        with self.lock:
            self.made += 1
            return self.made

    def send(self, what, name, action):
        self.ledger.note("sent", what, name)
        with self.lock:
            self.unanswered += 1
        answer = action()
        self.ledger.note("acked", what, name)
        with self.lock:
            self.unanswered -= 1
        return answer

    def upload(self, word=None):
        word = word or f"особое{self.next_number()}d"
        document = self.documents.setdefault(word, {
            "text": f"{word} " + " ".join(self.random.choices(WORDS, k=30))})
        body = {"filename": f"{word}.txt", "content": document["text"]}
        document["id"] = self.send("document", word, lambda: self.expect((200,), "POST", "/documents/upload", body)[1]["document_id"])
        return word

    def delete_document(self, word):
        self.deleted[word] = False
        # 404: an earlier attempt got no response, but deleted it.
        self.send("deletion", word, lambda: self.expect((200, 404), "DELETE", f"/documents/{self.documents[word]['id']}"))
        self.deleted[word] = True

    def import_channel(self, channel=None, posts=None):
        if channel is None:
            channel = 5000 + self.next_number()
            posts = posts or self.random.randrange(20, 120)
            self.channels[channel] = {"texts": {n: f"особое{channel}x{n} " + " ".join(self.random.choices(WORDS, k=12))
                                                for n in range(1, posts + 1)}}
        wanted = self.channels[channel]
        path = write_export(self.folder / f"{channel}.json", [message(n, t) for n, t in wanted["texts"].items()],
                            channel_id=channel, name=f"Channel {channel}")
        body, headers = multipart("file", path.name, path.read_bytes())
        wanted["job"] = self.send("import", channel, lambda: self.expect((202,), "POST", "/channels/import", body, headers)[1]["job_id"])
        path.unlink()
        return channel

    def uploads(self, stop):
        mine = []
        while not stop.is_set():
            mine.append(self.upload())
            if len(mine) > 3 and self.random.random() < 0.2:
                self.delete_document(mine.pop(self.random.randrange(len(mine))))

    def imports(self, stop):
        while not stop.is_set():
            self.import_channel()
            stop.wait(0.05)

    def traffic_until_killed(self, after, stop_for=None):
        """Starts clients, kills the server so many seconds later; returns how many items were pending.

        With `stop_for`: sends SIGTERM, and kills the server so many seconds after that, if it has not ended.
        """
        stop = threading.Event()
        lost = []

        def client(act):
            try:
                act(stop)
            except DEAD:
                pass
            except Lost as error:
                lost.append(error)

        self.unanswered = 0
        clients = [threading.Thread(target=client, args=(act,)) for act in (self.uploads, self.imports)]
        for one in clients:
            one.start()
        time.sleep(after)
        if stop_for is not None:
            self.stopping = True
            self.server.process.terminate()
            time.sleep(stop_for)
        self.server.kill()
        stop.set()
        for one in clients:
            one.join()
        if lost:
            raise lost[0]
        return pending(self.data) + self.unanswered

    # What must hold after a restart.

    def settle(self):
        """Waits until nothing is pending."""
        until = time.monotonic() + 60
        while True:
            jobs = self.expect((200,), "GET", "/jobs?limit=1000")[1]
            waiting = [j for j in jobs if j["state"] not in ("done", "failed", "cancelled")]
            waits = self.expect((200,), "GET", "/documents/statistics")[1]
            if not waiting and waits["pending"] + waits["processing"] == 0:
                return {j["id"]: j for j in jobs}
            if time.monotonic() > until:
                raise Lost(f"does not come to an end: {waiting[:3]}, {waits}")
            time.sleep(0.02)

    def check(self):
        """The server is up: what the ledger has is stored, once, and found; nothing else is."""
        self.expect((200,), "GET", "/health/ready")
        jobs = self.settle()
        self.check_documents()
        self.check_channels(jobs)
        check_all_is_well(run(self.data, "fsck", "--json", check=False))

    def check_documents(self):
        listed, skip = [], 0
        while page := self.expect((200,), "GET", f"/documents?limit=1000&skip={skip}")[1]:
            listed += [d["filename"].removesuffix(".txt") for d in page]
            skip += len(page)
        if len(listed) != len(set(listed)):
            raise Lost("a document is stored twice")
        acknowledged = {w for w, d in self.documents.items() if "id" in d}
        missing = acknowledged - set(listed) - set(self.deleted)
        if missing:
            raise Lost(f"acknowledged documents are not stored: {sorted(missing)[:5]}")
        if risen := {w for w, acked in self.deleted.items() if acked} & set(listed):
            raise Lost(f"deleted documents are back: {sorted(risen)[:5]}")
        if strange := set(listed) - set(self.documents):
            raise Lost(f"nobody sent {sorted(strange)[:5]}")
        new = [w for w in listed if w not in self.checked]
        for word in new + self.random.sample(sorted(self.checked & set(listed)), min(3, len(self.checked & set(listed)))):
            hits = self.expect((200,), "POST", "/search", {"query": word, "fold_duplicates": False})[1]["results"]
            if [h["metadata"].get("filename") for h in hits][:1] != [f"{word}.txt"] or \
                    sum(h["metadata"].get("filename") == f"{word}.txt" for h in hits) != 1:
                raise Lost(f"{word} is found {len(hits)} times by its own word")
            self.checked.add(word)

    def check_channels(self, jobs):
        stored = {c["id"]: c["posts"] for c in self.expect((200,), "GET", "/channels/list")[1]["data"]["channels"]}
        for channel, wanted in self.channels.items():
            if "job" not in wanted or wanted.get("removed") is not None:
                if wanted.get("removed") and channel in stored:
                    raise Lost(f"channel {channel} was deleted and is back")
                continue
            if jobs.get(wanted["job"], {"state": "done"})["state"] != "done":
                raise Lost(f"the import of {channel} ended as {jobs[wanted['job']]}")
            if stored.get(channel) != len(wanted["texts"]):
                raise Lost(f"channel {channel}: {stored.get(channel)} posts stored, {len(wanted['texts'])} acknowledged")
            if channel in self.checked and self.random.random() > 0.1:
                continue
            number = self.random.choice(list(wanted["texts"]))
            hits = self.expect((200,), "POST", "/search", {"query": f"особое{channel}x{number}", "fold_duplicates": False,
                                                           "filters": {"channel": str(channel)}})[1]["results"]
            if [h["metadata"]["message_id"] for h in hits].count(number) != 1 or hits[0]["metadata"]["message_id"] != number:
                raise Lost(f"post {number} of channel {channel} is not found once by its own word")
            self.checked.add(channel)


class Tour:
    """One pass through everything that a server stores, step by step; a step that was interrupted is repeated."""

    def __init__(self, driver):
        self.driver = driver
        self.steps = [self.set_up, self.register, self.log_in, self.refresh, self.change_role, self.log_out,
                      self.delete_user, self.upload, self.import_posts, self.add_channel,
                      self.save_page, self.add_vector, self.ask, self.delete_document,
                      self.delete_channel, self.delete_model, self.stop]
        self.done = 0
        self.again = False
        model = driver.data / "model" / "models" / "small"
        model.mkdir(parents=True, exist_ok=True)
        (model / "model.json").write_text(json.dumps({"type": "embedding", "version": "1"}))

    def go_on(self):
        """Returns whether it came to the end; False: the server was killed on the way."""
        while self.done < len(self.steps):
            try:
                self.steps[self.done]()
            except DEAD:
                self.again = True
                self.driver.server.process.wait(60)
                return False
            self.done += 1
            self.again = False
        return True

    def ask_for(self, statuses, *arguments, **options):
        """A repeated step may find its own effect: the statuses for that follow the first one."""
        return self.driver.expect(statuses if self.again else statuses[:1], *arguments, **options)

    def credentials(self, name):
        return {"email": f"{name}@example.org", "password": PASSWORD}

    def log_in_as(self, name):
        return self.driver.expect((200,), "POST", "/auth/login", self.credentials(name))[1]

    def set_up(self):
        lines = [line for line in self.driver.server.lines if "#setup=" in line]
        if not lines and not self.again:
            raise Lost("no setup link at the first start")
        if lines:  # else the first attempt was stored, though not answered
            token = lines[0].split("#setup=")[1].strip()
            self.driver.send("setup", "admin", lambda: self.ask_for((200,), "POST", "/auth/setup", {"token": token, **self.credentials("admin")}))
        self.admin = self.log_in_as("admin")["access_token"]

    def register(self):
        body = {"username": "ann", "role": "viewer", **self.credentials("ann")}
        self.driver.send("user", "ann", lambda: self.ask_for((201, 409), "POST", "/auth/register", body))
        self.log_in_as("ann")

    def log_in(self):
        self.pair = self.driver.send("login", "ann", lambda: self.log_in_as("ann"))
        self.user = self.driver.expect((200,), "GET", "/auth/me", token=self.pair["access_token"])[1]["id"]

    def refresh(self):
        # The same token again: its successor was spent or not, and is given (again) for some seconds.
        self.pair = self.driver.send("refresh", "ann", lambda: self.ask_for((200,), "POST", "/auth/refresh", {
            "refresh_token": self.pair["refresh_token"]}))[1]

    def change_role(self):
        self.driver.send("role", "ann", lambda: self.ask_for((200,), "PUT", f"/auth/users/{self.user}", {"role": "user"}))
        self.pair = self.log_in_as("ann")
        me = self.driver.expect((200,), "GET", "/auth/me", token=self.pair["access_token"])[1]
        if me["role"] != "user":
            raise Lost(f"the acknowledged role is {me['role']}")

    def log_out(self):
        self.driver.send("logout", "ann", lambda: self.ask_for((200, 401), "POST", "/auth/logout", token=self.pair["access_token"]))
        self.driver.expect((401,), "POST", "/auth/refresh", {"refresh_token": self.pair["refresh_token"]})

    def delete_user(self):
        self.driver.send("no user", "ann", lambda: self.ask_for((200, 404), "DELETE", f"/auth/users/{self.user}"))
        self.driver.expect((401,), "POST", "/auth/login", self.credentials("ann"))

    def upload(self):
        self.word = self.driver.upload("особоетур")
        self.kept = self.driver.upload("особоеостаётся")

    def import_posts(self):
        self.channel = self.driver.import_channel(None if not self.again else max(self.driver.channels), posts=5)
        self.driver.settle()

    def add_channel(self):
        self.driver.send("channel", CHANNEL, lambda: self.driver.expect((202,), "POST", "/channels/add", {
            "channel": CHANNEL, "watch": False}))
        self.driver.settle()
        stored = self.driver.expect((200,), "GET", "/channels/list")[1]["data"]["channels"]
        if [c["posts"] for c in stored if c["username"] == CHANNEL] != [POSTS]:
            raise Lost(f"the acknowledged channel is not stored: {stored}")

    def save_page(self):
        files = self.driver.send("file", CHANNEL, lambda: self.driver.expect((200,), "POST", "/channels/parse", {
            "channel_username": CHANNEL, "save_format": "json"}))[1]["data"]["files"]
        self.driver.expect((200,), "GET", f"/files/{files['json']}")

    def add_vector(self):
        for word in (self.word, self.kept):
            chunk = self.driver.expect((200,), "GET", f"/documents/{self.driver.documents[word]['id']}/chunks")[1][0]["chunk_id"]
            vector = {"chunk_id": chunk, "embedding": [0.5, 0.25], "model_name": "test", "dimension": 2}
            self.driver.send("vector", chunk, lambda: self.ask_for((200,), "POST", "/vectors/add", {"vectors": [vector]}))
        found = self.driver.expect((200,), "POST", "/vectors/search", {"query_embedding": [0.5, 0.25], "top_k": 5})[1]
        if len(found) != 2:
            raise Lost(f"{len(found)} of 2 acknowledged vectors are found")

    def ask(self):
        self.driver.expect((200,), "POST", "/query", {"query": self.kept})

    def delete_document(self):
        self.driver.delete_document(self.word)
        found = self.driver.expect((200,), "POST", "/vectors/search", {"query_embedding": [0.5, 0.25], "top_k": 5})[1]
        if len(found) != 1:
            raise Lost(f"{len(found)} vectors are found, 1 was left")

    def delete_channel(self):
        self.driver.channels[self.channel]["removed"] = False
        self.driver.send("no channel", self.channel, lambda: self.ask_for((200, 404), "DELETE", f"/channels/{self.channel}"))
        self.driver.channels[self.channel]["removed"] = True

    def delete_model(self):
        self.driver.send("no model", "small", lambda: self.ask_for((200, 404), "DELETE", "/models/small"))
        if self.driver.expect((200,), "GET", "/models")[1]:
            raise Lost("the deleted model is listed")

    def stop(self):
        """SIGTERM while an import is running and documents have just been acknowledged: both survive."""
        driver = self.driver
        driver.upload(f"особоестоп{driver.next_number()}")
        driver.import_channel(posts=400)
        driver.stopping = True
        code = driver.server.stop()
        if code != 0:
            raise ConnectionError(f"killed while it stopped: {code}")
        driver.start()
        driver.settle()
