"""`telegnosis serve --only x`, nine times: each service in a process with a data folder of its own."""
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from stories import TEXTS, Stories  # noqa: E402
from telegnosis import SERVICES, Cluster, request, run, run_json  # noqa: E402


KEEPERS = ["telegram", "document", "vector", "auth", "retrieval", "embedding"]  # of data that is copied and checked


class NineProcesses(Stories, unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_nine_"))
        self.cluster = Cluster(self.folder)

    def tearDown(self):
        codes = self.cluster.stop()
        shutil.rmtree(self.folder)
        for name, code in codes.items():
            self.assertIn(code, (0, -9), name)

    def server_of(self, service):
        return self.cluster.servers[service]

    def test_each_process_keeps_to_its_own_folder(self):
        self.import_by_upload(self.export("result.json", TEXTS))
        for name in SERVICES:
            data = self.folder / name
            self.assertEqual(data.stat().st_mode & 0o777, 0o700)
            for other, user in self.cluster.users.items():
                listed = subprocess.run(["ls", data], user=user, group=user, extra_groups=[], capture_output=True)
                self.assertEqual(listed.returncode == 0, other == name, f"{other} in the folder of {name}")
            self.assertEqual(sorted(p.name for p in data.iterdir()), sorted([name, "run"]), name)

    def test_a_service_that_is_down_is_named_and_the_others_go_on(self):
        self.import_by_upload(self.export("result.json", TEXTS))
        self.server_of("generation").kill()
        reply = self.ok("POST", "/query", {"query": "Сколько стоит билет в планетарий?"})
        self.assertIn("generation", [part["part"] for part in reply["degraded"]])
        self.assertTrue(reply["results"])
        self.server_of("telegram").kill()
        status, reply = self.call("GET", "/channels/list", timeout=10)  # at once, not when something has run out
        self.assertEqual((status, reply["error_code"]), (503, "SERVICE_UNAVAILABLE"))
        self.assertIn("telegram", reply["detail"])
        self.eventually("unhealthy", lambda: self.call("GET", "/health")[1]["details"]["services"]["telegram"])
        health = self.call("GET", "/health")[1]
        self.assertEqual(health["status"], "degraded")
        self.assertEqual(health["details"]["services"]["model"], "healthy")
        parts = {part["part"]: part for part in health["details"]["parts"]}
        self.assertEqual(parts["telegram"]["state"], "down")
        self.assertIn("telegram", parts["telegram"]["reason"])
        self.assertRegex(parts["telegram"]["since"], r"^\d{4}-\d\d-\d\dT")
        self.assertEqual(parts["vector"]["state"], "up")
        # Dependent services report it, too: without grants no post can be found.
        self.assertEqual(parts["retrieval"]["state"], "down")
        # `since` is when it went down, not now.
        later = {part["part"]: part for part in self.call("GET", "/health")[1]["details"]["parts"]}
        self.assertEqual(later["telegram"]["since"], parts["telegram"]["since"])
        # Only the process is gone, not its data.
        self.cluster.start("telegram")
        self.assertEqual(self.ok("GET", "/channels/list")["data"]["channels"][0]["posts"], 3)

    def test_posts_that_came_while_the_index_was_down_are_found_later(self):
        self.server_of("vector").kill()
        data = self.gateway.data
        job = run(data, "import", self.export("result.json", TEXTS), "--no-wait").stdout.strip()
        status, reply = self.call("POST", "/search", {"query": "telescope mirror"})
        self.assertEqual(status, 503)
        self.assertIn("vector", reply["detail"])
        self.cluster.start("vector")
        run(data, "jobs", "--wait")
        self.assertEqual(self.ok("GET", f"/jobs/{job}")["state"], "done")
        self.assertEqual(len(run_json(data, "search", "telescope mirror")["results"]), 1)

    def test_a_folder_that_runs_one_service_says_what_it_cannot_do(self):
        done = run(self.folder / "telegram", "ask", "x", check=False)
        self.assertEqual(done.returncode, 3)
        self.assertIn("gateway", done.stderr)
        self.assertIsInstance(run_json(self.folder / "telegram", "channels"), list)

    def test_each_process_is_checked_with_its_neighbours(self):
        self.import_by_upload(self.export("result.json", TEXTS))
        for name in KEEPERS:
            done = run(self.folder / name, "fsck")
            self.assertRegex(done.stdout, f"(?m)^{name}: ")
            self.assertIn("no violations in the services checked", done.stdout)
            self.assertEqual(done.stderr.count("not checked"), len(KEEPERS) - 1, done.stderr)
        self.assertEqual(run(self.gateway.data, "fsck", check=False).returncode, 3)
        self.server_of("telegram").stop()
        database = sqlite3.connect(self.folder / "telegram" / "telegram" / "telegram.db")
        with database:
            database.execute("UPDATE posts SET version = 2 WHERE message_id = 1")
        database.close()
        self.cluster.start("telegram")
        done = run(self.folder / "document", "fsck", check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stdout, "message 1 of channel 777 .* is stored in version 2 but ingested in version 1")

    def test_each_process_is_copied_and_restored_by_itself(self):
        self.import_by_upload(self.export("result.json", TEXTS))
        for name in KEEPERS:
            copy, new = self.folder / f"copy_{name}", self.folder / f"new_{name}"
            copy.mkdir(mode=0o700)
            if name in self.cluster.users:  # the service writes its part itself
                os.chown(copy, self.cluster.users[name], self.cluster.users[name])
            run(self.folder / name, "backup", copy)
            run(new, "restore", copy)
            self.assertTrue((new / name).is_dir())
            self.assertFalse(any((new / other).exists() for other in KEEPERS if other != name))

    def test_status_tells_of_all_nine_and_where_they_are(self):
        self.eventually("healthy", lambda: self.call("GET", "/health")[1]["status"])
        lines = run(self.gateway.data, "status").stdout.splitlines()
        for service in SERVICES:
            line = next(line for line in lines if line.startswith(f"{service} "))
            self.assertIn("healthy", line)
            self.assertEqual(line.endswith(f"at {self.server_of(service).url(service)}"), service != "gateway", line)
        nobody = request(self.gateway.url() + "/health")[1]
        self.assertNotIn("places", nobody["details"])
        # The gateway runs elsewhere: this service is checked, the others are listed.
        alone = run(self.folder / "model", "status", check=False)
        self.assertEqual(alone.returncode, 3)
        self.assertRegex(alone.stdout, r"^model +healthy")
        self.assertIn("gateway", alone.stderr)

    def test_another_secret_opens_nothing(self):
        self.cluster.settings["SERVICE_SECRET"] = "another secret, which nobody else here knows"
        self.server_of("retrieval").stop()
        self.cluster.start("retrieval")
        status, reply = self.call("POST", "/search", {"query": "x"})
        self.assertNotEqual(status, 200, reply)
        url = self.server_of("telegram").url("telegram")
        self.assertEqual(request(url + "/feed")[0], 401)
        self.assertEqual(request(url + "/feed", token=self.gateway.key)[0], 401)  # the key of another folder


if __name__ == "__main__":
    unittest.main()
