"""Many clients at once, on four event loops, so that everything the services share is used from several threads. In the end
what each client created is there, and what it deleted is not. Under ThreadSanitizer a race changes the server's exit code;
its report is in the server's output."""
import concurrent.futures
import json
import pathlib
import random
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from limits import NO_LIMITS  # noqa: E402
from telegnosis import Server, events, message, multipart, run, write_export  # noqa: E402

PEOPLE = 8
STEPS = 30
POSTS = 200  # of the channel that everybody imports parts of
WORDS = "купол обсерватория телескоп зеркало планетарий билет звезда комета mirror telescope star comet".split()


def text_of(number):
    """The same for everyone who imports that post."""
    return " ".join(random.Random(number).choices(WORDS, k=12)) + f" пост{number}"


class Person:
    def __init__(self, server, folder, number):
        self.server, self.folder, self.number = server, folder, number
        self.random = random.Random(number)
        self.documents = {}  # id: a word of its text alone
        self.deleted = []
        self.posts = set()  # of the client's own channel
        self.shared = set()  # of the one that all import
        self.token = None
        self.account = {"email": f"p{number}@example.org", "password": "correct horse 2"}

    def ok(self, method, path, body=None, **options):
        status, reply = self.server.request(method, path, body, token=self.token, **options)
        if status not in (200, 201, 202):
            raise AssertionError(f"{method} {path}: {status} {reply}")
        return reply

    def register(self):
        account = {**self.account, "username": f"p{self.number}", "role": "user"}
        status, reply = self.server.request("POST", "/auth/register", account, token=self.server.key)
        if status != 201:
            raise AssertionError(reply)

    def log_in(self):
        self.token = self.ok("POST", "/auth/login", self.account)["access_token"]

    def live(self):
        self.register()
        self.log_in()
        steps = [self.upload, self.delete, self.import_own, self.import_shared, self.search, self.ask, self.generate, self.look,
                 self.log_in]
        for _ in range(STEPS):
            self.random.choice(steps)()
        return self

    def words(self):
        return " ".join(self.random.choices(WORDS, k=3))

    def upload(self):
        word = f"слово{self.number}х{len(self.documents) + len(self.deleted)}"
        body, headers = multipart("file", f"{word}.md", f"# Заметка\n\n{self.words()} {word}.\n".encode())
        self.documents[self.ok("POST", "/documents/upload", body, headers=headers)["document_id"]] = word

    def delete(self):
        if self.documents:
            identity, word = self.documents.popitem()
            self.ok("DELETE", f"/documents/{identity}")
            self.deleted.append(word)

    def import_posts(self, channel, numbers):
        path = write_export(self.folder / f"{self.number}.json", [message(n, text_of(n)) for n in sorted(numbers)],
                            channel_id=channel, name=f"Канал {channel}")
        body, headers = multipart("file", path.name, path.read_bytes())
        job = self.ok("POST", "/channels/import", body, headers=headers)["job_id"]
        last = [data for name, data in events(f"{self.server.url()}/jobs/{job}/events", self.token) if name == "message"][-1]
        if json.loads(last)["state"] != "done":
            raise AssertionError(last)

    def import_own(self):
        numbers = set(self.random.sample(range(1, 500), 10))
        self.import_posts(1000 + self.number, numbers)
        self.posts |= numbers

    def import_shared(self):
        numbers = set(self.random.sample(range(1, POSTS + 1), 20))
        self.import_posts(777, numbers)
        self.shared |= numbers

    def search(self):
        self.ok("POST", "/search", {"query": self.words()})
        self.ok("GET", "/knowledge/search?q=telescope")

    def ask(self):
        reply = self.ok("POST", "/query", {"query": self.words()})
        self.ok("POST", "/query/suggest", {"partial_query": reply["query"][:3]})
        self.ok("GET", "/queries/history")

    def generate(self):
        """Often disconnects before the end of the answer."""
        context = [{"chunk_id": "c", "document_id": "d", "text": text_of(n), "score": 1, "metadata": {}} for n in range(3)]
        asked = {"query": self.words(), "context": context, "stream": True}
        for _ in events(self.server.url() + "/generate", self.token, asked):
            if self.random.random() < 0.2:
                break

    def look(self):
        for path in ("/health", "/channels/list", "/documents", "/jobs", "/auth/me"):
            self.ok("GET", path)
        self.server.request("GET", "/metrics", token=self.server.key)


class Together(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_together_"))
        self.server = Server(self.folder / "data", settings={**NO_LIMITS, "LOOPS": "4", "COMPUTE_THREADS": "3"})

    def tearDown(self):
        self.server.kill()
        shutil.rmtree(self.folder)

    def found(self, query):
        reply = self.server.request("POST", "/search", {"query": query, "top_k": 50}, token=self.server.key)[1]
        return [result["text"] for result in reply["results"]]

    def test_what_many_do_at_once_is_what_each_has_done(self):
        with concurrent.futures.ThreadPoolExecutor(PEOPLE) as pool:
            living = [pool.submit(Person(self.server, self.folder, n).live) for n in range(PEOPLE)]
            people = [one.result() for one in living]
        posts = {c["id"]: c["posts"] for c in
                 self.server.request("GET", "/channels/list", token=self.server.key)[1]["data"]["channels"]}
        expected = {1000 + p.number: len(p.posts) for p in people if p.posts}
        self.assertEqual(posts, expected | {777: len(set.union(*(p.shared for p in people)))})
        for person in people:
            listed = {document["document_id"] for document in person.ok("GET", "/documents")}
            self.assertLessEqual(set(person.documents), listed)
            for word in person.documents.values():
                self.assertTrue(any(word in text for text in self.found(word)), word)
            for word in person.deleted:
                self.assertFalse(any(word in text for text in self.found(word)), word)
        self.assertEqual(self.server.stop(), 0, "\n".join(self.server.lines))
        done = run(self.server.data, "fsck", check=False)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
