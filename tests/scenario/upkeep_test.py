"""`fsck` finds what is lost between services, and a backup holds the files too."""
import pathlib
import shutil
import sqlite3
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from telegnosis import message, run, write_export  # noqa: E402

TEXTS = ["Купол обсерватории покрасили в белый цвет.", "Планетарий открывается в субботу."]


class Upkeep(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_upkeep_"))
        self.data = self.folder / "data"
        run(self.data, "import",
            write_export(self.folder / "result.json", [message(i + 1, t) for i, t in enumerate(TEXTS)]))

    def tearDown(self):
        shutil.rmtree(self.folder)

    def write(self, *statements):
        database = sqlite3.connect(self.data / "telegram" / "telegram.db")
        with database:
            for statement in statements:
                database.execute(statement)
        database.close()

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

    def test_a_stored_post_that_never_reached_the_document_service_is_found(self):
        self.write(self.copy_of_a_row("posts"), self.copy_of_a_row("post_versions"))
        done = run(self.data, "fsck", check=False)
        self.assertEqual(done.returncode, 1, done.stdout)
        self.assertIn("3 posts are stored and 2 are here", done.stdout)

    def test_a_version_that_never_reached_the_document_service_is_found(self):
        self.write("INSERT INTO post_versions SELECT channel_id, message_id, 2, text, edited_ms, source, observed_ms "
                   "FROM post_versions WHERE message_id = 1", "UPDATE posts SET version = 2 WHERE message_id = 1")
        self.assertEqual(run(self.data, "fsck", check=False).returncode, 1)

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


if __name__ == "__main__":
    unittest.main()
