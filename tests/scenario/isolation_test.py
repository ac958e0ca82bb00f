"""Two spaces in one server: OPERATIONS (500) random operations, and nobody sees anything that they may not see.

Every document, post, question and job carries a token that occurs nowhere else. A model says who may see which of
them; every reply of the server is searched, as text, for the tokens and ids of everything else. Searches use other
words, so that the echo of a question proves nothing. Private chats of all people have the same peers and message ids.
"""
import dataclasses
import json
import os
import pathlib
import random
import shutil
import sys
import tempfile
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from limits import NO_LIMITS  # noqa: E402
from telegnosis import Server, events, message, multipart, write_export  # noqa: E402

COMMON = "обсерватория"  # in every text of everybody
LETTERS = "бвгджзклмнпрст"


@dataclasses.dataclass
class Item:
    """A document, or a channel with its posts."""
    token: str  # in its text, never searched for
    word: str  # in its text, for exact search
    name: str  # in its text, searched for with a typing error only
    viewers: frozenset  # "user:ann", "space:alpha"
    owner: str
    id: str = ""
    channel: int = 0
    posts: int = 1
    kind: str = ""  # of a channel, as its export says
    title: str = ""
    ids: set = dataclasses.field(default_factory=set)
    text: str = ""


@dataclasses.dataclass
class Person:
    name: str
    space: str
    role: str
    token: str = ""
    id: str = ""
    jobs: list = dataclasses.field(default_factory=list)
    queries: list = dataclasses.field(default_factory=list)
    asked: list = dataclasses.field(default_factory=list)
    seen: set = dataclasses.field(default_factory=set)  # documents of channels that were visible once

    claimed: set = dataclasses.field(default_factory=set)  # ids of channels that their own files named
    chats: int = 0  # private chats that were imported

    @property
    def keys(self):
        return {f"user:{self.name}", f"space:{self.space}"}


class Isolation(unittest.TestCase):
    def setUp(self):
        self.seed = int(os.environ.get("SEED", "20250301"))
        self.random = random.Random(self.seed)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_isolation_"))
        self.server = Server(self.folder / "data", settings=NO_LIMITS)
        self.items = []
        self.made = 0
        self.channel_of_job = {}
        self.people = [Person("ann", "alpha", "user"), Person("amy", "alpha", "user"), Person("bob", "beta", "user"),
                       Person("ada", "alpha", "admin"), Person("boss", "beta", "admin")]
        for person in self.people:
            account = {"email": f"{person.name}@example.org", "username": f"{person.name}-name", "role": person.role,
                       "space": person.space, "password": "correct horse 2"}
            status, user = self.server.request("POST", "/auth/register", account, token=self.server.key)
            self.assertEqual(status, 201, user)
            self.assertEqual(user["space"], person.space)
            person.id = user["id"]
            person.token = self.server.request("POST", "/auth/login", {
                "email": account["email"], "password": account["password"]})[1]["access_token"]

    def tearDown(self):
        self.assertEqual(self.server.stop(), 0)
        shutil.rmtree(self.folder)

    # Who may see what.

    def visible(self, person):
        return [item for item in self.items if item.viewers & person.keys]

    def others(self, person):
        return [item for item in self.items if not item.viewers & person.keys]

    def call(self, person, method, path, body=None, **options):
        """A request whose reply must hold nothing of what the person may not see."""
        status, reply = self.server.request(method, path, body, token=person.token, **options)
        text = reply.decode(errors="replace") if isinstance(reply, bytes) else json.dumps(reply, ensure_ascii=False)
        told = f"{person.name}: {method} {path} {body if not isinstance(body, bytes) else ''}: {text}"
        self.assertLess(status, 500, told)
        for item in self.others(person):
            self.assertNotIn(item.token, text, told)
            self.assertNotIn(item.name, text, told)
            if item.title:
                self.assertNotIn(item.title, text, told)
            for known in {item.id} - person.claimed | item.ids - person.seen:
                self.assertTrue(not known or known not in text, told)
        for other in self.people:
            if other is person:
                continue
            for known in other.queries:
                self.assertNotIn(known, text, told)
            if person.role != "admin":  # who sees people and jobs, though not what they are about
                for known in other.jobs:
                    self.assertNotIn(known, text, told)
                self.assertNotIn(other.id, text, told)
                self.assertNotIn(f"{other.name}-name", text, told)
        return status, reply

    def ok(self, *arguments, **options):
        status, reply = self.call(*arguments, **options)
        self.assertIn(status, (200, 201, 202), reply)
        return reply

    # What is made.

    def new_item(self, owner, viewers):
        self.made += 1
        name, word = ("".join(self.random.choice(LETTERS) + self.random.choice("аоуи") for _ in range(6)) for _ in range(2))
        item = Item(f"zq{self.made:05d}q{self.random.randrange(10**6):06d}", f"слово{word}", name, viewers, owner)
        item.text = f"{COMMON} {item.word} {item.token} {item.name} {' '.join(self.random.sample(['купол', 'трамвай', 'ticket', 'mirror', 'депо'], 3))}."
        return item

    def upload(self, person, text=None):
        private = self.random.random() < 0.4
        item = self.new_item(person.name, frozenset({f"user:{person.name}" if private else f"space:{person.space}"}))
        body = {"filename": f"{item.token}.txt", "content": text or item.text, "visibility": "private" if private else "space"}
        item.id = self.ok(person, "POST", "/documents/upload", body)["document_id"]
        if text is not None:  # an equal text of several people: the name of the file alone tells them apart
            item.word = item.name = "-" * 40
            self.items = [other for other in self.items if other.id != item.id]  # the same bytes of one owner
        self.items.append(item)

    def import_channel(self, person):
        item = self.new_item(person.name, frozenset({f"space:{person.space}"}))
        item.channel = 900_000_000 + self.made
        item.kind = self.random.choice(["public_channel", "private_channel"])
        self.import_item(person, item, item.channel)

    def import_private_chat(self, person):
        """Of a peer that others talk to as well: the number in the file is the same for all of them."""
        item = self.new_item(person.name, frozenset({f"user:{person.name}"}))
        person.chats += 1
        item.kind = "private_group" if person.chats % 3 == 0 else "personal_chat"
        self.import_item(person, item, 555 + person.chats)

    def import_item(self, person, item, number):
        item.title = f"Канал {item.token}"
        item.posts = self.random.randrange(1, 4)
        texts = [f"{item.text} пост {n}" for n in range(item.posts)]
        path = write_export(self.folder / "export.json", [message(n + 1, text) for n, text in enumerate(texts)],
                            channel_id=number, name=item.title, kind=item.kind)
        body, headers = multipart("file", f"{item.token}.json", path.read_bytes())
        self.items.append(item)
        job = self.ok(person, "POST", "/channels/import", body, headers=headers)["job_id"]
        person.jobs.append(job)
        done = self.finished(person, job)
        self.assertEqual(done["state"], "done")
        self.assertEqual([c["new"] for c in done["result"]["channels"]], [item.posts], done)
        item.channel = done["result"]["channels"][0]["channel_id"]
        item.id = str(item.channel)
        self.channel_of_job[job] = item.channel
        self.note_ids(person, item)

    def finished(self, person, job):
        self.until_its_end(person, job)
        return self.ok(person, "GET", f"/jobs/{job}")

    def until_its_end(self, person, job):
        for _ in events(f"{self.server.url()}/jobs/{job}/events", person.token):
            pass

    def posts_of(self, person, item):
        asked = {"query": item.word, "top_k": 20, "fold_duplicates": False}
        return self.ok(person, "POST", "/search", asked)["results"]

    def note_ids(self, person, item):
        found = self.posts_of(person, item)
        self.assertEqual(len(found), item.posts)
        item.ids = {r["document_id"] for r in found} | {r["chunk_id"] for r in found}
        for one in self.people:
            if item.viewers & one.keys:
                one.seen |= item.ids

    # The operations.

    def do_upload(self, person):
        self.upload(person)

    def do_upload_an_equal_text(self, person):
        self.upload(person, text=f"Общий текст про {COMMON} и {self.random.choice(['купол', 'трамвай'])}, слово в слово у всех.")

    def do_import(self, person):
        self.import_channel(person)

    def do_import_a_private_chat(self, person):
        self.import_private_chat(person)

    def do_import_a_channel_of_others(self, person):
        """A file may say that it is any channel's, and call it public: that opens nothing and changes nothing."""
        others = [item for item in self.others(person) if item.channel > 0]
        if not others or person.role == "admin":
            return
        item = self.random.choice(others)
        path = write_export(self.folder / "export.json", [message(1, "подмена", edited_unixtime="1800000000")],
                            channel_id=item.channel, name="Подмена")
        body, headers = multipart("file", "result.json", path.read_bytes())
        status, accepted = self.server.request("POST", "/channels/import", body, headers=headers, token=person.token)
        self.assertEqual(status, 202)
        person.jobs.append(accepted["job_id"])
        self.channel_of_job[accepted["job_id"]] = item.channel
        self.until_its_end(person, accepted["job_id"])
        found = self.server.request("GET", f"/jobs/{accepted['job_id']}", token=person.token)[1]
        self.assertEqual([c["refused"] for c in found["result"]["channels"]], [1], found)
        person.claimed.add(item.id)
        self.foreign(person, "GET", f"/channels/{item.channel}/messages")
        owner = next(one for one in self.people if one.name == item.owner)
        self.assertEqual(len(self.posts_of(owner, item)), item.posts)

    def do_search(self, person):
        found = self.ok(person, "POST", "/search", {"query": COMMON, "top_k": 100, "fold_duplicates": False,
                                                    "explain": self.random.random() < 0.3})
        mine = sum(item.posts for item in self.visible(person))
        self.assertEqual(found["total_estimate"], mine)
        for stage in found["stages"]:
            self.assertLessEqual(max(stage["in"], stage["out"]), max(mine, 10), stage)

    def do_search_folded(self, person):
        found = self.ok(person, "POST", "/search", {"query": "общий текст слово в слово", "top_k": 20})
        self.assertLessEqual(found["total_estimate"], sum(item.posts for item in self.visible(person)))

    def do_search_words_of_others(self, person):
        if not (others := [item for item in self.others(person) if item.word[0] != "-"]):
            return
        item = self.random.choice(others)
        found = self.ok(person, "POST", "/search", {"query": item.word})
        self.assertEqual((found["results"], found["total_estimate"]), ([], 0))
        answer = self.ok(person, "POST", "/query", {"query": item.word})
        self.note_query(person, answer, item.word)
        self.assertEqual((answer["answered"], answer["results"], answer["evidence"]), (False, [], 0))
        self.assertEqual(self.ok(person, "GET", f"/knowledge/search?q={uuid.uuid4().hex[:6]}")["count"], 0)

    def do_search_with_a_slip(self, person):
        item = self.random.choice(self.items)
        if item.name[0] == "-":
            return
        place = self.random.randrange(1, len(item.name) - 1)
        slip = item.name[:place] + "щ" + item.name[place + 1:]
        found = self.ok(person, "POST", "/search", {"query": slip})
        self.assertEqual(bool(found["warnings"]), bool(item.viewers & person.keys), (slip, found))

    def do_filter_by_what_is_foreign(self, person):
        if not (others := self.others(person)):
            return
        item = self.random.choice(others)
        if not item.channel:
            asked = {"query": COMMON, "filters": {"document_id": item.id}}
            self.assertEqual(self.ok(person, "POST", "/search", asked)["results"], [])
            return
        # Told apart from a channel that nobody has by the number alone, which was in the question.
        replies = []
        for number in (item.channel, 899_999_999):
            asked = {"query": COMMON, "filters": {"channel": str(number)}}
            status, reply = self.server.request("POST", "/search", asked, token=person.token)
            reply = {name: value for name, value in reply.items() if name in ("error_code", "message", "detail", "results")}
            replies.append((status, json.dumps(reply).replace(str(number), "N")))
        self.assertEqual(replies[0], replies[1])

    def note_query(self, person, answer, text):
        person.queries.append(answer["query_id"])
        person.asked.append(text)

    def do_query(self, person):
        mine = [item for item in self.visible(person) if item.word[0] != "-"]
        text = self.random.choice(mine).word if mine and self.random.random() < 0.6 else f"{COMMON} купол"
        self.note_query(person, self.ok(person, "POST", "/query", {"query": text}), text)

    def do_suggest(self, person):
        prefix = self.random.choice(["слово", COMMON[:4], "с", "о"])
        told = self.ok(person, "POST", "/query/suggest", {"partial_query": prefix, "limit": 50})["suggestions"]
        self.assertLessEqual({s["suggestion"] for s in told}, set(person.asked))

    def do_history(self, person):
        listed = [e["query_id"] for e in self.ok(person, "GET", "/queries/history?limit=1000")]
        self.assertLessEqual(set(listed), set(person.queries))  # written behind the answer
        if listed:
            self.ok(person, "GET", f"/query/{self.random.choice(listed)}")
        self.assertEqual(self.ok(person, "GET", "/generation/history"), [])

    def do_jobs(self, person):
        if person.role == "admin":  # sees that others have jobs, not the names of what they are about
            text = json.dumps(self.server.request("GET", "/jobs?limit=1000", token=person.token)[1], ensure_ascii=False)
            for item in self.others(person):
                self.assertTrue(not item.title or item.title not in text, item.title)
            return
        listed = [j["id"] for j in self.ok(person, "GET", "/jobs?limit=1000")]
        self.assertEqual(set(listed), set(person.jobs))

    def do_list(self, person):
        listed = {d["document_id"] for d in self.ok(person, "GET", "/documents?limit=1000")}
        self.assertEqual(listed, {item.id for item in self.visible(person) if not item.channel})
        channels = {c["id"] for c in self.ok(person, "GET", "/channels/list")["data"]["channels"]}
        self.assertEqual(channels, {item.channel for item in self.visible(person) if item.channel})
        self.assertEqual(self.ok(person, "GET", "/files")["data"]["files"], [])

    def foreign(self, person, method, path, body=None):
        """404, and word for word what an id that nobody has would give."""
        status, reply = self.server.request(method, path, body, token=person.token)
        self.assertEqual(status, 404, (person.name, method, path, reply))

    def do_take_foreign_ids(self, person):
        for item in self.random.sample(self.others(person), min(3, len(self.others(person)))):
            if item.channel:
                self.foreign(person, "GET", f"/channels/{item.channel}/messages")
                self.foreign(person, "POST", f"/channels/{item.channel}/sync")
                if person.role != "admin":
                    self.foreign(person, "DELETE", f"/channels/{item.channel}")
                elif item.channel < 0:
                    status, _ = self.server.request("PUT", f"/channels/{item.channel}/spaces/{person.space}",
                                                    token=person.token)
                    self.assertEqual(status, 403)
            else:
                self.foreign(person, "GET", f"/documents/{item.id}?include=chunks")
                self.foreign(person, "GET", f"/documents/{item.id}/chunks")
                self.foreign(person, "DELETE", f"/documents/{item.id}")
            for known in item.ids:
                self.foreign(person, "GET", f"/embeddings/{known}")
        other = self.random.choice([one for one in self.people if one is not person])
        for job in other.jobs[-2:] if person.role != "admin" else []:
            self.foreign(person, "GET", f"/jobs/{job}")
            self.foreign(person, "GET", f"/jobs/{job}/events")
            self.foreign(person, "DELETE", f"/jobs/{job}")
        for query in other.queries[-2:]:
            self.foreign(person, "GET", f"/query/{query}")
            self.foreign(person, "GET", f"/generation/{query}")

    def do_delete(self, person):
        mine = [item for item in self.visible(person) if not item.channel and item.owner == person.name]
        if not mine:
            return
        item = self.random.choice(mine)
        self.ok(person, "DELETE", f"/documents/{item.id}")
        self.items.remove(item)
        self.foreign(person, "GET", f"/documents/{item.id}")

    def do_delete_a_private_chat(self, person):
        mine = [item for item in self.visible(person) if item.channel < 0]
        if mine:
            item = self.random.choice(mine)
            self.ok(person, "DELETE", f"/channels/{item.channel}")
            self.forget_channel(item)
            self.foreign(person, "GET", f"/channels/{item.channel}/messages")

    def do_delete_a_channel_of_others(self, person):
        """An admin may delete what they cannot see, by its id."""
        others = [item for item in self.others(person) if item.channel]
        if person.role == "admin" and others:
            item = self.random.choice(others)
            status, reply = self.server.request("DELETE", f"/channels/{item.channel}", token=person.token)
            self.assertEqual(status, 200, reply)
            self.assertNotIn(item.title, json.dumps(reply, ensure_ascii=False))
            self.forget_channel(item)

    def forget_channel(self, item):
        """Deleted with the jobs that are about it alone."""
        self.items.remove(item)
        for person in self.people:
            person.jobs = [job for job in person.jobs if self.channel_of_job.get(job) != item.channel]

    def do_move_a_channel(self, person):
        """An admin shows the channel to a second space, or hides it from one."""
        if person.role != "admin":
            return
        neighbours = {one.name for one in self.people if one.space == person.space}
        mine = [item for item in self.visible(person) if item.channel > 0 and item.owner in neighbours]
        if not mine:
            return
        item = self.random.choice(mine)
        other = "space:beta" if person.space == "alpha" else "space:alpha"
        if other in item.viewers:
            self.ok(person, "DELETE", f"/channels/{item.channel}/spaces/{other[6:]}")
            item.viewers -= {other}
        else:
            self.ok(person, "PUT", f"/channels/{item.channel}/spaces/{other[6:]}")
            item.viewers |= {other}
            for one in self.people:
                if item.viewers & one.keys:
                    one.seen |= item.ids

    def do_vectors(self, person):
        values = [round(self.random.uniform(-1, 1), 3) for _ in range(4)]
        if person.role == "admin":
            for item in self.random.sample(self.items, min(4, len(self.items))):
                for chunk in sorted(item.ids):
                    vector = {"chunk_id": chunk, "embedding": values, "model_name": "test", "dimension": 4}
                    status, _ = self.server.request("POST", "/vectors/add", {"vectors": [vector]}, token=person.token)
                    if not item.viewers & person.keys:
                        self.assertEqual(status, 404)
                        self.foreign(person, "DELETE", f"/vectors/{chunk}")
        status, found = self.call(person, "POST", "/vectors/search", {"query_embedding": values, "top_k": 100})
        if status == 200:
            self.vector_hits += len(found)

    def do_what_only_admins_may(self, person):
        for method, path in (("GET", "/documents/statistics"), ("GET", "/vectors/stats"), ("GET", "/auth/users"),
                             ("GET", "/auth/statistics"), ("GET", f"/auth/users/{self.people[2].id}")):
            status, _ = self.call(person, method, path)
            self.assertEqual(status, 200 if person.role == "admin" else 403, path)

    def do_health(self, person):
        # Anybody may ask, so it tells of the services and of nothing they hold.
        _, health = self.call(person, "GET", "/health")
        self.assertNotIn("chunks", json.dumps(health))
        self.assertEqual(len(self.ok(person, "GET", "/auth/sessions")), 1)

    def do_look_unchanged(self, person):
        """What one space does changes no reply of the other, beyond time and score."""
        other = self.random.choice([one for one in self.people if one.space != person.space])
        asked = {"query": f"{COMMON} купол", "top_k": 100}
        before = self.plain(self.ok(person, "POST", "/search", asked))
        self.do_upload(other)
        self.assertEqual(self.plain(self.ok(person, "POST", "/search", asked)), before)

    @staticmethod
    def plain(found):
        return {"ids": sorted(r["chunk_id"] for r in found["results"]), "total": found["total_estimate"],
                "stages": [(s["name"], s["in"], s["out"]) for s in found["stages"]], "warnings": found["warnings"]}

    def test_nothing_of_others_in_any_reply(self):
        self.vector_hits = 0
        operations = {self.do_upload: 12, self.do_upload_an_equal_text: 4, self.do_import: 6,
                      self.do_import_a_channel_of_others: 3, self.do_search: 10, self.do_search_folded: 4,
                      self.do_search_words_of_others: 8, self.do_search_with_a_slip: 10,
                      self.do_filter_by_what_is_foreign: 4, self.do_query: 8, self.do_suggest: 5, self.do_history: 6,
                      self.do_jobs: 5, self.do_list: 6, self.do_take_foreign_ids: 8, self.do_delete: 4,
                      self.do_import_a_private_chat: 5, self.do_delete_a_private_chat: 2,
                      self.do_delete_a_channel_of_others: 1,
                      self.do_move_a_channel: 6, self.do_vectors: 6, self.do_what_only_admins_may: 3, self.do_health: 2,
                      self.do_look_unchanged: 4}
        done = dict.fromkeys((operation.__name__ for operation in operations), 0)
        for person in self.people:
            self.upload(person)
            self.import_channel(person)
            self.import_private_chat(person)
        for n in range(int(os.environ.get("OPERATIONS", "500"))):
            person = self.random.choice(self.people)
            operation = self.random.choices(list(operations), list(operations.values()))[0]
            with self.subTest(seed=self.seed, operation=n, kind=operation.__name__, person=person.name):
                operation(person)
            done[operation.__name__] += 1
        self.assertGreater(self.vector_hits, 0)
        print(f"SEED={self.seed}", f"{len(self.items)} items,", ", ".join(f"{k[3:]} {v}" for k, v in done.items()))


if __name__ == "__main__":
    unittest.main()
