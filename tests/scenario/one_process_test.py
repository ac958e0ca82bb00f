"""`telegnosis serve`: all nine services in one process."""
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from stories import TEXTS, Stories  # noqa: E402
from telegnosis import PROGRAM, SERVICES, Server, events, message, multipart, run, run_json, write_export  # noqa: E402


class OneProcess(Stories, unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_one_"))
        self.server = Server(self.folder / "data")

    def tearDown(self):
        if self.server.process.poll() is None:
            self.assertEqual(self.server.stop(), 0)
        shutil.rmtree(self.folder)

    def server_of(self, service):
        return self.server

    def test_each_service_has_a_port_and_a_run_file_for_the_owner_alone(self):
        urls = {service: self.server.url(service) for service in SERVICES}
        self.assertEqual(len(set(urls.values())), 9)
        for service in SERVICES:
            self.assertTrue(urls[service].startswith("http://127.0.0.1:"))
            self.assertEqual((self.server.data / "run" / f"{service}.json").stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.server.stop(), 0)
        self.assertEqual(list((self.server.data / "run").iterdir()), [])

    def test_interrupt_ends_it_too(self):
        self.server.process.send_signal(signal.SIGINT)
        self.assertEqual(self.server.process.wait(60), 0)

    def test_a_stream_that_is_open_does_not_hold_the_end_up(self):
        self.assertEqual(self.server.stop(), 0)
        self.server = Server(self.folder / "data", settings={"DRAIN_TIME": "10m"})
        path = write_export(self.folder / "many.json", [message(i + 1, f"пост номер {i} о куполе") for i in range(20000)])
        body, headers = multipart("file", path.name, path.read_bytes())
        job = self.ok("POST", "/channels/import", body, headers=headers)["job_id"]
        stream = events(f"{self.server.url()}/jobs/{job}/events", self.server.key)
        self.assertEqual(next(stream)[0], "message")
        self.assertEqual(self.server.stop(timeout=120), 0)  # DRAIN_TIME is longer
        self.assertEqual([name for name, _ in stream][-1], "error")

    def test_metrics_name_each_family_and_each_series_once(self):
        run(self.server.data, "import", self.export("result.json", TEXTS))
        self.ok("POST", "/query", {"query": "Сколько стоит билет?"})
        status, text = self.server.request("GET", "/metrics", token=self.server.key)
        self.assertEqual(status, 200)
        lines = text.decode().splitlines()
        families = [line.split()[2] for line in lines if line.startswith("# TYPE ")]
        series = [line.rsplit(" ", 1)[0] for line in lines if line and not line.startswith("#")]
        self.assertEqual([name for name in set(families) if families.count(name) > 1], [])
        self.assertEqual([name for name in set(series) if series.count(name) > 1], [])
        for database in ("auth", "document", "embedding", "retrieval", "telegram", "usage"):
            self.assertIn(f'telegnosis_database_writes_queued{{database="{database}"}}', series)
        for name in ("telegnosis_outbox_events", "telegnosis_usage_events_queued", "telegnosis_index_chunks",
                     'telegnosis_stage_duration_seconds_count{stage="generation.answer"}'):
            self.assertIn(name, series)

    def test_a_killed_server_is_told_from_a_living_one(self):
        run(self.server.data, "import", self.export("result.json", TEXTS))
        self.server.kill()
        self.assertTrue((self.server.data / "run" / "telegram.json").exists())
        # Nobody holds the folder any more: the command opens it itself, and nothing is lost.
        self.assertEqual(run_json(self.server.data, "channels")[0]["posts"], 3)
        self.assertEqual(run(self.server.data, "fsck").returncode, 0)
        with Server(self.server.data) as again:
            self.assertEqual(again.request("GET", "/channels/list", token=again.key)[1]["data"]["channels"][0]["posts"], 3)

    def test_a_server_that_hangs_is_an_error_that_says_so(self):
        self.server.process.send_signal(signal.SIGSTOP)
        try:
            done = run(self.server.data, "channels", check=False)
        finally:
            self.server.process.send_signal(signal.SIGCONT)
        self.assertEqual(done.returncode, 3)
        self.assertIn("does not answer", done.stderr)
        self.assertIn(str(self.server.process.pid), done.stderr)

    def test_one_folder_has_one_server(self):
        with self.assertRaisesRegex(AssertionError, rf"in use by `telegnosis serve` \(process {self.server.process.pid}\)"):
            Server(self.server.data)

    def test_what_was_running_goes_on_after_a_restart(self):
        path = write_export(self.folder / "many.json", [message(i + 1, f"пост номер {i} о куполе") for i in range(3000)])
        job = run(self.server.data, "import", path, "--no-wait").stdout.strip()
        self.assertEqual(self.server.stop(), 0)
        with Server(self.server.data) as again:
            run(again.data, "jobs", "--wait")
            status, reply = again.request("GET", f"/jobs/{job}", token=again.key)
            self.assertEqual((status, reply["state"]), (200, "done"))
            self.assertEqual(reply["result"]["channels"][0]["new"], 3000)

    def test_a_backup_of_a_running_server_is_restored_elsewhere(self):
        run(self.server.data, "import", self.export("result.json", TEXTS))
        question = self.ok("POST", "/query", {"query": "Сколько стоит билет?"})["query_id"]
        self.eventually(200, lambda: self.call("GET", f"/query/{question}")[0])
        run(self.server.data, "backup", self.folder / "backup")
        run(self.folder / "other", "restore", self.folder / "backup")
        self.assertEqual(run_json(self.folder / "other", "channels")[0]["posts"], 3)
        with Server(self.folder / "other") as restored:
            self.assertEqual(restored.request("GET", f"/query/{question}", token=restored.key)[0], 200)
        self.assertEqual(run(self.server.data, "restore", self.folder / "backup", check=False).returncode, 3)
        damaged = self.folder / "backup" / "telegram" / "telegram.db"
        damaged.write_bytes(damaged.read_bytes()[:-1] + b"x")
        refused = run(self.folder / "third", "restore", self.folder / "backup", check=False)
        self.assertEqual(refused.returncode, 2)
        self.assertIn("telegram.db", refused.stderr)
        self.assertFalse((self.folder / "third" / "telegram" / "telegram.db").exists())

    def test_a_command_and_a_command_do_not_share_a_folder(self):
        other, fifo = self.folder / "other", self.folder / "fifo"
        os.mkfifo(fifo)
        faults = f"job.after_commit=barrier:{fifo},import.after_batch_commit=hold"
        held = subprocess.Popen([PROGRAM, "--data", other, "import", self.export("x.json", TEXTS)],
                                env=dict(os.environ, TG_FAULTS=faults), stdin=subprocess.DEVNULL,
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            with open(fifo, "w"):  # returns when the import has reached the barrier
                pass
            refused = run(other, "channels", check=False)
            self.assertEqual(refused.returncode, 3)
            self.assertIn(f"in use by `telegnosis import` (process {held.pid})", refused.stderr)
        finally:
            held.kill()
            held.wait()
        self.assertEqual(run(other, "channels", check=False).returncode, 0)


class Refusals(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_refused_"))

    def tearDown(self):
        shutil.rmtree(self.folder)

    def refused(self, *arguments, code=2):
        done = run(self.folder, "serve", *arguments, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def test_settings_that_cannot_be_meant_are_refused_with_what_would_be_right(self):
        self.assertIn("telegrm is not a service", self.refused("--only", "telegrm"))
        self.assertIn("--port-base", self.refused("--port-base", "65535"))
        self.assertIn("LISTEN_ADDRESS", self.refused("--listen", "0.0.0.0"))
        self.assertIn("ALLOW_PLAIN_HTTP", self.refused("--listen", "0.0.0.0"))
        self.assertIn("NO_SUCH_KEY", self.refused("--set", "NO_SUCH_KEY=1"))
        self.assertIn("--set", self.refused("--set", "nonsense"))

    def test_services_in_several_processes_need_the_secret(self):
        self.assertIn("SERVICE_SECRET", self.refused("--only", "document"))
        self.assertIn("SERVICE_SECRET", self.refused("--set", "VECTOR_URL=http://127.0.0.1:9"))

    def test_a_port_in_use_is_named(self):
        with Server(self.folder / "data") as server:
            port = server.url("gateway").rsplit(":", 1)[1]
            done = run(self.folder / "other", "serve", "--port-base", port, check=False)
            self.assertEqual(done.returncode, 3)
            self.assertIn(port, done.stderr)


if __name__ == "__main__":
    unittest.main()
