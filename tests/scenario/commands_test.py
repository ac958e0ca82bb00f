"""The program as a user runs it: import, ask, edit, remove, erase; nothing else is running."""
import gzip
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from telegnosis import Server, files_with, message, run, run_json, write_export  # noqa: E402

TEXTS = [
    "Купол обсерватории покрасили в белый цвет. Работали три дня.",
    "The new telescope has a mirror of two metres. It was made in Kazan.",
    "Планетарий открывается в субботу в 18:30. Билет стоит 350 рублей.",
    "Сегодня утром в посёлке открыли новую обсерваторию с телескопом диаметром два метра и планетарием на сорок мест",
    "Сегодня утром в поселке открыли новую обсерваторию с телескопом диаметром два метра и планетарием на сорок мест!",
]


class Commands(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_commands_"))
        self.data = self.folder / "data"
        self.export = write_export(self.folder / "result.json", [message(i + 1, t) for i, t in enumerate(TEXTS)])

    def tearDown(self):
        shutil.rmtree(self.folder)

    def counts(self, *arguments):
        return run_json(self.data, "import", *arguments)[0]["result"]["channels"][0]

    def test_reading_commands_print_json(self):
        self.assertIn(run_json(self.data, "version")["version"], run(self.data, "version").stdout)
        self.assertEqual(run_json(self.data, "documents"), [])
        page = self.folder / "page.md"
        page.write_text("# Устав\n\nВход со двора.\n", encoding="utf-8")
        run(self.data, "documents", "add", page)
        self.assertEqual([d["filename"] for d in run_json(self.data, "documents")], ["page.md"])

    def test_asks_in_both_languages_and_says_when_there_is_no_answer(self):
        run(self.data, "import", self.export)
        russian = run_json(self.data, "ask", "Сколько стоит билет в планетарий?")
        self.assertTrue(russian["answered"])
        self.assertIn("350 рублей", russian["response"])
        citation = russian["citations"][0]
        self.assertEqual(citation["message_id"], 3)
        self.assertEqual(citation["url"], "https://t.me/c/777/3")
        self.assertEqual(TEXTS[2][citation["span"]["start"]:citation["span"]["end"]], citation["quote"])
        english = run_json(self.data, "ask", "How large is the telescope's mirror?")
        self.assertIn("two metres", english["response"])
        unknown = run_json(self.data, "ask", "Кто выиграл чемпионат по шахматам?")
        self.assertFalse(unknown["answered"])
        self.assertEqual(unknown["citations"], [])

    def test_importing_again_changes_nothing_and_an_edit_makes_a_version(self):
        first = self.counts(self.export)
        self.assertEqual((first["new"], first["unchanged"]), (5, 0))
        again = self.counts(self.export)
        self.assertEqual((again["new"], again["changed"], again["unchanged"]), (0, 0, 5))
        edited = [message(i + 1, t) for i, t in enumerate(TEXTS)]
        edited[2] = message(3, "Планетарий закрыт на ремонт.", edited_unixtime="1750000000")
        later = self.counts(write_export(self.folder / "later.json", edited))
        self.assertEqual((later["new"], later["changed"], later["unchanged"]), (0, 1, 4))
        found = run_json(self.data, "search", "планетарий ремонт")["results"][0]
        self.assertEqual(found["metadata"]["version"], 2)
        # The older export again: the newer version is kept.
        self.assertEqual(self.counts(self.export)["changed"], 0)
        self.assertEqual(run(self.data, "fsck").returncode, 0)

    def test_an_import_of_which_nothing_was_kept_has_failed(self):
        reply = run(self.data, "import", write_export(self.folder / "bad.json", [message(1 << 60, "текст")]), check=False)
        self.assertEqual(reply.returncode, 1)
        self.assertIn("every post was refused", reply.stderr)
        self.assertIn("id", reply.stderr)

    def test_near_duplicates_are_folded_into_one_result(self):
        run(self.data, "import", self.export)
        results = run_json(self.data, "search", "новая обсерватория планетарий на сорок мест")["results"]
        ids = [r["metadata"]["message_id"] for r in results]
        self.assertEqual(len({4, 5} & set(ids)), 1)
        folded = next(r for r in results if r["metadata"]["message_id"] in (4, 5))
        self.assertEqual(len(folded["metadata"]["duplicates"]), 1)

    def test_archives_are_read(self):
        with gzip.open(self.folder / "result.json.gz", "wb") as out:
            out.write(self.export.read_bytes())
        self.assertEqual(self.counts(self.folder / "result.json.gz")["new"], 5)
        with zipfile.ZipFile(self.folder / "export.zip", "w", zipfile.ZIP_DEFLATED) as out:
            out.write(self.export, "ChatExport_2025/result.json")
        self.assertEqual(self.counts(self.folder / "export.zip")["unchanged"], 5)
        with zipfile.ZipFile(self.folder / "evil.zip", "w") as out:
            out.writestr("../result.json", self.export.read_bytes())
        self.assertNotEqual(run(self.data, "import", self.folder / "evil.zip", check=False).returncode, 0)

    def test_a_cut_file_keeps_its_good_prefix_and_says_where(self):
        whole = self.export.read_text(encoding="utf-8")
        cut = self.folder / "cut.json"
        cut.write_text(whole[:whole.index('"id": 4') + 15], encoding="utf-8")
        done = run(self.data, "import", cut, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("cut at byte", done.stderr)
        self.assertEqual(run_json(self.data, "channels")[0]["posts"], 3)

    def test_a_removed_channel_leaves_no_byte_after_erase(self):
        marker = "planted-0f3a9b7c51"
        write_export(self.export, [message(1, f"секрет {marker} текст"), message(2, "другое")])
        run(self.data, "import", self.export)
        self.assertTrue(files_with(self.data, marker))
        run(self.data, "channels", "remove", "777")
        self.assertEqual(run_json(self.data, "search", marker)["results"], [])
        run(self.data, "erase", "--now")
        self.assertEqual(files_with(self.data, marker), [])
        self.assertEqual(run(self.data, "fsck").returncode, 0)

    def test_documents_are_added_found_and_removed(self):
        page = self.folder / "page.html"
        page.write_text("<html><title>Устав</title><p style='display:none'>скрыто</p><h1>Правила</h1><p>Вход со двора.</p></html>", encoding="utf-8")
        run(self.data, "documents", "add", page)
        found = run_json(self.data, "search", "вход со двора")["results"][0]
        self.assertEqual(found["metadata"]["filename"], "page.html")
        self.assertNotIn("скрыто", found["text"])
        self.assertIn("[1] page.html\n", run(self.data, "ask", "Где вход?").stdout)
        listed = run_json(self.data, "documents", "list")
        self.assertEqual(len(listed), 1)
        run(self.data, "documents", "remove", listed[0]["document_id"])
        self.assertEqual(run_json(self.data, "documents", "list"), [])
        self.assertEqual(run_json(self.data, "search", "вход со двора")["results"], [])

    def test_bad_input_has_its_exit_code_and_message(self):
        self.assertEqual(run(self.data, "ask", check=False).returncode, 2)
        self.assertEqual(run(self.data, "channels", "remove", "12345", check=False).returncode, 4)
        bad = run(self.data, "search", "x", "--since", "yesterday", check=False)
        self.assertEqual(bad.returncode, 2)
        self.assertIn("--since", bad.stderr)
        (self.folder / "no.json").write_text("hello")
        self.assertEqual(run(self.data, "import", self.folder / "no.json", check=False).returncode, 1)

    def test_a_server_with_tls_is_known_by_its_certificate(self):
        certificate, key = self.folder / "certificate.pem", self.folder / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", "/CN=ask.example.org", "-keyout", key, "-out", certificate], check=True, capture_output=True)
        with Server(self.data, settings={"TLS_CERTIFICATE": str(certificate), "TLS_KEY": str(key)}) as server:
            self.assertRegex(server.url(), "^https://127")
            run(self.data, "import", self.export)
            self.assertTrue(run_json(self.data, "ask", "Сколько стоит билет в планетарий?")["answered"])
            self.assertRegex(run(self.data, "status").stdout, "(?m)^gateway +healthy")
            # A different server at that port receives nothing.
            file = self.data / "run" / "gateway.json"
            file.write_text(json.dumps(json.loads(file.read_text()) | {"fingerprint": "0" * 64}))
            refused = run(self.data, "ask", "x", check=False)
            self.assertEqual(refused.returncode, 3)
            self.assertIn("the TLS handshake with the server failed", refused.stderr)

    def test_export_can_be_imported_elsewhere(self):
        run(self.data, "import", self.export)
        out = self.folder / "posts.json"
        run(self.data, "export", "777", out)
        self.assertEqual(json.loads(out.read_text())["total_posts"], 5)
        self.assertEqual(len(json.loads(run(self.data, "export", "777").stdout)["posts"]), 5)
        self.assertEqual(run(self.data, "export", "12345", self.folder / "none.json", check=False).returncode, 4)
        self.assertEqual(sorted(f.name for f in self.folder.glob("*.json*")), ["posts.json", "result.json"])
        self.assertNotEqual(json.loads(out.read_text())["channel"], "777", "asked for by number")
        other = self.folder / "other"
        self.assertEqual(run_json(other, "import", out)[0]["result"]["channels"][0]["new"], 5)
        # The same channel by another source makes no version.
        self.assertEqual(self.counts(out)["changed"], 0)


if __name__ == "__main__":
    unittest.main()
