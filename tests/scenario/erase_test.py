"""What is deleted is gone from the disk after `telegnosis erase --now`: planted markers are looked for in every file."""
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from limits import NO_LIMITS  # noqa: E402
from telegnosis import Server, files_with, message, multipart, run, run_json, write_export  # noqa: E402

POST = "planted-post-0f3a9b7c51"
EDIT = "planted-edit-77c2d1e09b"
CHANNEL = "planted-channel-5be1f2a340"
EXPORT_NAME = "planted-export-9c04d7aa12"
DOCUMENT = "planted-document-b81e66f0c3"
DOCUMENT_NAME = "planted-filename-3d7f90e2a8"
METADATA = "planted-metadata-c6a5b4d312"
QUESTION = "planted-question-e40d2b8f67"
WORD = "звездопрядова"  # an ordinary word, so that a misspelling of it is repaired
KEPT = "kept-2a9d4c81b7"
EVERYTHING = [POST, EDIT, CHANNEL, EXPORT_NAME, DOCUMENT, DOCUMENT_NAME, METADATA, QUESTION, WORD]

ASKED_OF_THE_POST = "Сколько стоит билет в планетарий?"
ASKED_OF_THE_DOCUMENT = "Где вход в обсерваторию?"
MISSPELT = "Продаёт ли билеты кассир звездопредова?"
UNANSWERED = "Почему планетарий проиграл чемпионат по шахматам?"


class Erase(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_erase_"))
        self.data = self.folder / "data"

    def tearDown(self):
        shutil.rmtree(self.folder)

    def exports(self):
        """An export, a later one where a post was edited, and a channel that stays."""
        first = [message(1, f"Билет в планетарий стоит 350 рублей и {POST}. Продаёт билеты кассир {WORD}."), message(2, f"Старый текст {EDIT}.")]
        later = [first[0], message(2, "Новый текст.", edited_unixtime="1750000000")]
        return [write_export(self.folder / f"{EXPORT_NAME}.json", first, name=f"Dome {CHANNEL}"),
                write_export(self.folder / "later.json", later, name=f"Dome {CHANNEL}"),
                write_export(self.folder / "kept.json", [message(1, f"Это остаётся: {KEPT}.")], channel_id=778)]

    def document(self):
        return f"# Устав\n\nВход в обсерваторию со двора, пароль {DOCUMENT}.\n"

    def planted(self, markers):
        for marker in markers:
            self.assertTrue(files_with(self.data, marker), f"{marker} was never on the disk")

    def nothing_left(self):
        for marker in EVERYTHING:
            self.assertEqual(files_with(self.data, marker), [], marker)
        self.assertTrue(files_with(self.data, KEPT))
        self.assertEqual(run(self.data, "fsck").returncode, 0)
        self.assertEqual(len(run_json(self.data, "search", KEPT)["results"]), 1)

    def test_by_commands_with_nothing_running(self):
        for path in self.exports():
            run(self.data, "import", path)
        page = self.folder / f"{DOCUMENT_NAME}.md"
        page.write_text(self.document(), encoding="utf-8")
        run(self.data, "documents", "add", page)
        self.assertIn(POST, run_json(self.data, "ask", ASKED_OF_THE_POST)["response"])
        self.assertIn(DOCUMENT, run_json(self.data, "ask", ASKED_OF_THE_DOCUMENT)["response"])
        run_json(self.data, "ask", UNANSWERED)
        self.assertIn(WORD, str(run_json(self.data, "ask", MISSPELT)["warnings"]))
        self.planted([POST, EDIT, CHANNEL, DOCUMENT, DOCUMENT_NAME, WORD])
        run(self.data, "channels", "remove", "777")
        run(self.data, "documents", "remove", run_json(self.data, "documents", "list")[0]["document_id"])
        run(self.data, "erase", "--now")
        self.nothing_left()

    def test_over_http_with_a_running_server(self):
        with Server(self.data, settings=NO_LIMITS) as server:
            def ok(method, path, body=None, headers=None):
                status, reply = server.request(method, path, body, token=server.key, headers=headers)
                self.assertIn(status, (200, 202), reply)
                return reply

            for path in self.exports():
                body, headers = multipart("file", path.name, path.read_bytes())
                ok("POST", "/channels/import", body, headers)
                run(self.data, "jobs", "--wait")
            document = ok("POST", "/documents/upload", {"filename": f"{DOCUMENT_NAME}.md", "content": self.document(),
                                                        "metadata": {"note": METADATA}})["document_id"]
            vector = {"chunk_id": ok("GET", f"/documents/{document}/chunks")[0]["chunk_id"], "embedding": [0.5, 0.25],
                      "model_name": "test", "dimension": 2}
            ok("POST", "/vectors/add", {"vectors": [vector]})
            self.assertIn(POST, ok("POST", "/query", {"query": ASKED_OF_THE_POST})["response"])
            self.assertIn(DOCUMENT, ok("POST", "/query", {"query": ASKED_OF_THE_DOCUMENT})["response"])
            ok("POST", "/query", {"query": UNANSWERED})
            self.assertIn(WORD, str(ok("POST", "/query", {"query": MISSPELT})["warnings"]))
            ok("POST", "/query", {"query": f"Что такое {QUESTION}?"})
            self.assertEqual(server.stop(), 0)  # what is written behind the answers is written
        self.planted([POST, EDIT, CHANNEL, DOCUMENT, DOCUMENT_NAME, METADATA, QUESTION])
        with Server(self.data, settings=NO_LIMITS) as server:
            for path in ("/channels/777", f"/documents/{document}", "/queries/history"):
                status, reply = server.request("DELETE", path, token=server.key)
                self.assertEqual(status, 200, reply)
            run(self.data, "erase", "--now")
            self.nothing_left()
        self.nothing_left()


if __name__ == "__main__":
    unittest.main()
