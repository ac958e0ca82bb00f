"""What `make demo` does once the program is built: start, import, ask; again; stop. In a folder with a blank in its path."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from telegnosis import PROGRAM, free_ports, request  # noqa: E402

NOT_FOUND = "ответа на этот вопрос нет"
ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class Demo(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_demo_"))
        program = self.folder / "the program"
        program.mkdir()
        program = program / "telegnosis"
        # A copy, not a link: the demo knows its server by the path of its executable.
        shutil.copy(PROGRAM, program)
        self.environment = dict(os.environ, TELEGNOSIS=str(program), DEMO_HOME=str(self.folder / "the demo"),
                                DEMO_PORT=str(free_ports(9)))

    def tearDown(self):
        self.demo("stop")
        shutil.rmtree(self.folder)

    def demo(self, *arguments):
        done = subprocess.run([ROOT / "tools" / "demo", *arguments], env=self.environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        self.assertEqual(done.returncode, 0, done.stdout)
        return done.stdout

    def test_it_answers_what_is_there_says_what_is_not_and_is_harmless_twice(self):
        said = self.demo()
        answers = re.split(r"^\? ", said, flags=re.M)[1:]
        asked = (ROOT / "sample" / "demo_questions.txt").read_text(encoding="utf-8").split("\n")
        self.assertEqual([a.split("\n")[0] for a in answers], [q for q in asked if q])
        for answer in answers[:2]:
            self.assertIn("[1]", answer)
            self.assertRegex(answer, r"https://t\.me/\S+/\d+")
            self.assertRegex(answer, r"total [\d.]+ ms")
        self.assertNotRegex(answers[2], r"(?m)^\[1\]")
        self.assertIn(NOT_FOUND, answers[2])
        page = re.search(r"Running at (\S+)", said)[1]
        self.assertEqual(request(page + "/health/live")[0], 200)
        password = (self.folder / "the demo" / "admin-password").read_text().strip()
        status, tokens = request(page + "/auth/login", "POST", {"email": "admin@demo.example", "password": password})
        self.assertEqual(status, 200, tokens)
        self.assertEqual(request(page + "/auth/me", token=tokens["access_token"])[1]["role"], "admin")
        again = self.demo()
        self.assertIn("already running", again)
        self.assertIn(" 0 new, 0 changed", again)
        self.assertIn("is stopped", self.demo("stop"))
        self.assertIn("not running", self.demo("stop"))


if __name__ == "__main__":
    unittest.main()
