"""`fsck` finds what is lost between services, and a backup holds the files too."""
import json
import pathlib
import shutil
import sqlite3
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from telegnosis import Server, message, run, write_export  # noqa: E402

TEXTS = ["Купол обсерватории покрасили в белый цвет.", "Планетарий открывается в субботу."]


class Upkeep(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_upkeep_"))
        self.data = self.folder / "data"
        run(self.data, "import",
            write_export(self.folder / "result.json", [message(i + 1, t) for i, t in enumerate(TEXTS)]))

    def tearDown(self):
        shutil.rmtree(self.folder)

    def write(self, *statements, service="telegram"):
        database = sqlite3.connect(self.data / service / f"{service}.db")
        with database:
            for statement in statements:
                database.execute(statement)
        database.close()

    def violations(self, of):
        """What fsck finds in a service; its exit code says whether it found anything anywhere."""
        done = run(self.data, "fsck", "--json", check=False)
        found = json.loads(done.stdout)
        self.assertEqual(done.returncode, 1 if any(part["violations"] for part in found.values()) else 0)
        return found[of]["violations"]

    def spoil(self, file):
        """Overwrites the last page of a database with noise."""
        path = self.data / file
        self.assertGreater(path.stat().st_size, 8192)
        with open(path, "r+b") as database:
            database.seek(-4096, 2)
            database.write(b"\xa5" * 4096)

    def save_file(self, name, content="{}"):
        self.write("INSERT INTO saved_files (filename, channel_id, created_ms) "
                   f"SELECT '{name}', channel_id, 1 FROM channels")
        (self.data / "telegram" / "files" / name).write_text(content)

    def copy_of_a_row(self, table):
        database = sqlite3.connect(self.data / "telegram" / "telegram.db")
        columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
        database.close()
        new = {"message_id": "99", "document_id": "'00000000-0000-4000-8000-000000000099'"}
        return (f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(new.get(c, c) for c in columns)} "
                f"FROM {table} WHERE message_id = 1")

    def test_fsck_is_content_with_what_was_imported(self):
        self.assertEqual(run(self.data, "fsck").returncode, 0)

    def test_a_lost_index_is_rebuilt_from_the_database(self):
        note = self.folder / "note.txt"
        note.write_text("Телескоп привезли из Пулкова.", encoding="utf-8")
        run(self.data, "documents", "add", note)
        shutil.rmtree(self.data / "vector")
        with Server(self.data) as server:
            for text in TEXTS + [note.read_text(encoding="utf-8")]:
                while text not in [r["text"] for r in self.search(server, text)]:
                    pass  # the rebuild goes on in the background
        self.assertEqual(run(self.data, "fsck").returncode, 0)

    def test_a_damaged_index_is_reported_and_rebuilt(self):
        for segment in (self.data / "vector" / "index").glob("*.segment"):
            content = bytearray(segment.read_bytes())
            content[3] ^= 1
            segment.write_bytes(content)
        self.assertIn("restart telegnosis", self.violations("vector")[-1])
        with Server(self.data) as server:
            while run(self.data, "fsck", check=False).returncode != 0:
                pass  # as long as the rebuild lasts
            for text in TEXTS:
                self.assertIn(text, [r["text"] for r in self.search(server, text)])
        self.assertEqual(list((self.data / "vector").glob("*.damaged-*")), [])

    @staticmethod
    def search(server, text):
        status, reply = server.request("POST", "/search", {"query": text}, token=server.key)
        return reply["results"] if status == 200 else []

    def test_a_stored_post_that_never_reached_the_document_service_is_named(self):
        self.write(self.copy_of_a_row("posts"), self.copy_of_a_row("post_versions"))
        found = self.violations("document")
        self.assertEqual(len(found), 1, found)
        self.assertIn("message 99 of channel 777 (document 00000000-0000-4000-8000-000000000099)", found[0])
        self.assertIn("was never ingested", found[0])

    def test_a_version_that_never_reached_the_document_service_is_named(self):
        self.write("INSERT INTO post_versions SELECT channel_id, message_id, 2, text, edited_ms, source, observed_ms "
                   "FROM post_versions WHERE message_id = 1", "UPDATE posts SET version = 2 WHERE message_id = 1")
        found = self.violations("document")
        self.assertEqual(len(found), 1, found)
        self.assertRegex(found[0], "message 1 of channel 777 .* is stored in version 2 but ingested in version 1")

    def test_a_text_that_is_not_its_version_s_is_named(self):
        self.write("UPDATE post_versions SET text = 'x' WHERE message_id = 2")
        self.assertEqual(self.violations("telegram"), ["message 2 of channel 777 differs from its last version"])

    def test_a_document_of_a_post_that_is_gone_is_named(self):
        self.write("DELETE FROM post_versions WHERE message_id = 2", "DELETE FROM posts WHERE message_id = 2")
        self.assertRegex("\n".join(self.violations("document")), "document .* belongs to a post that is not stored")

    def test_all_posts_of_a_lost_database_are_missed(self):
        for file in (self.data / "telegram").glob("telegram.db*"):
            file.unlink()
        self.assertEqual(len(self.violations("document")), 2)

    def test_all_documents_of_a_lost_database_are_missed(self):
        for file in (self.data / "document").glob("document.db*"):
            file.unlink()
        self.assertIn("message 1 of channel 777", "\n".join(self.violations("document")))

    def test_a_document_that_failed_hides_no_other(self):
        self.write("UPDATE documents SET state = 'failed', chunk_count = 0 WHERE document_id = "
                   "(SELECT max(document_id) FROM documents)", "DELETE FROM chunks WHERE document = "
                   "(SELECT place FROM documents WHERE state = 'failed')", "DELETE FROM texts WHERE document = "
                   "(SELECT place FROM documents WHERE state = 'failed')",
                   "DELETE FROM documents WHERE state <> 'failed'", service="document")
        self.assertIn("was never ingested", "\n".join(self.violations("document")))

    def test_every_database_is_looked_into(self):
        for file, service in {"retrieval/retrieval.db": "retrieval", "retrieval/usage.db": "retrieval",
                              "embedding/embedding.db": "embedding", "auth/auth.db": "auth"}.items():
            with self.subTest(file):
                shutil.copy(self.data / file, self.folder / "sound")
                self.spoil(file)
                self.assertTrue(self.violations(service))
                shutil.copy(self.folder / "sound", self.data / file)
        self.assertEqual(run(self.data, "fsck").returncode, 0)

    def test_a_saved_file_that_is_gone_is_found(self):
        self.save_file("dome_2025.json")
        self.assertEqual(run(self.data, "fsck").returncode, 0)
        (self.data / "telegram" / "files" / "dome_2025.json").unlink()
        done = run(self.data, "fsck", check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("dome_2025.json", done.stdout)

    def test_a_backup_brings_the_saved_files_back(self):
        self.save_file("dome_2025.json", '{"kept": true}')
        run(self.data, "backup", self.folder / "backup")
        other = self.folder / "other"
        run(other, "restore", self.folder / "backup")
        self.assertEqual((other / "telegram" / "files" / "dome_2025.json").read_text(), '{"kept": true}')
        self.assertEqual(run(other, "fsck").returncode, 0)

    def test_half_a_restore_is_no_data(self):
        run(self.data, "backup", self.folder / "backup")
        other = self.folder / "other"
        (other / "telegram").mkdir(parents=True)
        (other / "telegram" / "telegram.db").write_bytes(b"half of it")
        (other / "restore.unfinished").touch()
        refused = run(other, "channels", check=False)
        self.assertEqual(refused.returncode, 3, refused.stdout)
        self.assertIn("unfinished restore", refused.stderr)
        run(other, "restore", self.folder / "backup")
        self.assertEqual(run(other, "channels").stdout, run(self.data, "channels").stdout)
        self.assertFalse((other / "restore.unfinished").exists())

    def test_a_backup_holds_every_database(self):
        run(self.data, "backup", self.folder / "backup")
        kept = {str(path.relative_to(self.data)) for path in self.data.rglob("*.db")}
        self.assertIn("embedding/embedding.db", kept)
        self.assertIn("retrieval/usage.db", kept)
        self.assertEqual({str(path.relative_to(self.folder / "backup")) for path in (self.folder / "backup").rglob("*.db")}, kept)
        written = {file["path"] for file in json.loads((self.folder / "backup" / "backup.json").read_text())["files"]}
        self.assertLess(kept, written)


if __name__ == "__main__":
    unittest.main()
