"""The web page in Chromium, against the program as `telegnosis serve` runs it.

After every test: nothing in the console, no request to another server, no text of a post executed.
"""
import json
import pathlib
import shutil
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from browser import ENTER, Browser  # noqa: E402
from serving import Serving  # noqa: E402
from telegnosis import message, write_export  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SAMPLE = ROOT / "sample" / "result.json"
POSTS = sum(m["type"] == "message" for m in json.loads(SAMPLE.read_text(encoding="utf-8"))["messages"])
EMAIL = "anna@lighthouse.example"
PASSWORD = "correct horse battery"

# Each would set window.executed, were it ever parsed as HTML, run as script or followed.
ATTACKS = [
    "<script>window.executed=1</script>",
    "<img src=x onerror=window.executed=1>",
    "<svg onload=window.executed=1>",
    "\"><svg/onload=window.executed=1>",
    "<a href=javascript:window.executed=1 id=trap>click</a>",
    "javascript:window.executed=1//https://t.me/",
    "</script><script>window.executed=1</script>",
    "</textarea></style><img src=x onerror=window.executed=1>",
    "<iframe srcdoc='<script>parent.executed=1</script>'></iframe>",
    "<details open ontoggle=window.executed=1>",
    "${window.executed=1} {{constructor.constructor('window.executed=1')()}}",
    "&lt;img src=x onerror=window.executed=1&gt;",
]


class Page(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_page_"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        # One person of one address does here in seconds what takes people minutes.
        self.server = self.enterContext(Serving(self.folder / "data", environment={"RATE_LIMIT_PER_MINUTE": "10000"}))
        self.browser = self.enterContext(Browser())
        self.expected = []

    def tearDown(self):
        # Refused logins are a network error to the console.
        complaints = [c for c in self.browser.complaints() if not any(e in c for e in self.expected)]
        self.assertEqual(complaints, [])
        self.assertEqual([u for u in self.browser.requests() if not u.startswith(self.server.url + "/")], [])
        self.assertIsNone(self.browser.js("return window.executed ?? null"))

    def set_up_admin(self):
        self.browser.open(self.server.setup_link)
        self.browser.type("[name=email]", EMAIL)
        self.browser.type("[name=password]", PASSWORD + ENTER)
        self.browser.find("#question")

    def go(self, view):
        self.browser.click(f"nav a[href='#{view}']")

    def bring(self, *files):
        self.go("sources")
        self.browser.choose_files("#file", *files)

    def bring_sample(self):
        self.bring(SAMPLE)
        self.browser.wait(f"document.querySelector('ul#channels')?.textContent.includes('{POSTS} posts')")

    def ask(self, question):
        self.go("ask")
        self.browser.find("#question")
        self.browser.js("document.querySelector('#question').select()")
        self.browser.type("#question", question + ENTER)
        self.browser.wait("document.querySelector('#response, #not-found, #answer [role=alert]')")

    def test_it_is_served_once_with_a_policy_that_lets_only_itself_run(self):
        with urllib.request.urlopen(self.server.url + "/") as reply:
            policy, tag = reply.headers["Content-Security-Policy"], reply.headers["ETag"]
            self.assertEqual(reply.read(), (ROOT / "web" / "index.html").read_bytes())
        self.assertRegex(policy, "script-src 'sha256-[^ ]+'; style-src 'sha256-[^ ]+';")
        self.assertNotIn("unsafe", policy)
        again = urllib.request.Request(self.server.url + "/", headers={"If-None-Match": tag})
        with self.assertRaises(urllib.error.HTTPError) as unchanged:
            urllib.request.urlopen(again)
        self.assertEqual(unchanged.exception.code, 304)
        unchanged.exception.close()

    def test_a_setup_link_an_import_and_a_cited_answer(self):
        self.set_up_admin()
        self.assertNotIn("setup", self.browser.js("return location.href"), "the one-time token stays in no history")
        self.assertEqual(self.browser.text("#answer strong"), "Nothing to ask yet")
        self.bring_sample()
        self.ask("Сколько весит колокол?")
        self.assertIn("четыреста три", self.browser.text("#response"))
        self.browser.click("#response .cite")
        self.browser.find("#post mark")
        self.assertIn("четыреста три", self.browser.text("#post mark"))
        post = self.browser.text("#post .text")
        self.assertTrue(post.startswith("Колокол поднят."), post)
        self.assertLess(len(self.browser.text("#post mark")), len(post))
        self.assertRegex(self.browser.js("return document.querySelector('#post .meta a').href"), r"^https://t\.me/c/1877204513/\d+$")
        self.browser.type("#close-post", "\ue00c")
        self.browser.wait("!document.querySelector('#post')")

    def test_an_export_dropped_anywhere_is_imported(self):
        self.set_up_admin()
        export = write_export(self.folder / "result.json", [message(1, "The fog bell is cast in bronze.")])
        self.browser.js("""
            const files = new DataTransfer();
            files.items.add(new File([arguments[0]], 'result.json', {type: 'application/json'}));
            document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: files, bubbles: true, cancelable: true}));
            """, export.read_text(encoding="utf-8"))
        self.browser.wait("document.querySelector('ul#channels')?.textContent.includes('1 post')")
        self.go("jobs")
        self.browser.wait("document.querySelector('.job')?.dataset.state === 'done'")
        self.assertIn("1 new, 0 changed, 0 unchanged", self.browser.text(".job"))

    def test_what_the_channel_does_not_say_is_said(self):
        self.set_up_admin()
        self.bring_sample()
        self.ask("Разрешено ли запускать дрон над островом?")
        self.assertEqual(self.browser.text("#not-found"), "No answer in your sources")
        self.browser.find(".source")
        self.assertFalse(self.browser.js("return Boolean(document.querySelector('#response'))"))

    def test_logging_in_and_out(self):
        self.set_up_admin()
        self.browser.open(self.server.url + "/")
        self.browser.find("#question")  # loaded anew, still logged in
        self.browser.click("#logout")
        self.expected.append("/auth/login - Failed to load resource")
        self.browser.type("[name=who]", EMAIL)
        self.browser.type("[name=password]", "wrong password" + ENTER)
        self.browser.wait("document.querySelector('[role=alert]')?.textContent")
        self.assertEqual(self.browser.text("[role=alert]"), "Wrong name or password.")
        self.browser.js("document.querySelector('[name=password]').value = ''")
        self.browser.type("[name=password]", PASSWORD + ENTER)
        self.browser.find("#question")
        self.browser.click("#logout")
        self.browser.open(self.server.url + "/")
        self.browser.find("[name=who]")  # logged out for good: no token is left to come back with
        self.assertEqual(self.browser.js("return sessionStorage.length"), 0)

    def test_documents_come_answer_and_go(self):
        self.set_up_admin()
        note = self.folder / "rules.md"
        note.write_text("# Rules\n\nThe ferry leaves the harbour at noon.\n", encoding="utf-8")
        self.bring(note)
        self.browser.wait("document.querySelector('#documents .badge.completed')")
        self.ask("When does the ferry leave the harbour?")
        self.assertIn("at noon", self.browser.text("#response"))
        self.browser.click("#response .cite")
        self.assertEqual(self.browser.text("#post mark"), "The ferry leaves the harbour at noon.")
        self.go("sources")
        self.browser.click("#documents .quiet.bad")
        self.browser.click("dialog [value=yes]")
        self.browser.wait("document.querySelector('#documents')?.textContent === 'No documents yet.'")

    def test_questions_are_suggested_kept_and_forgotten(self):
        self.set_up_admin()
        self.bring_sample()
        self.ask("How many teeth does the missing wheel have?")
        self.go("history")
        self.browser.wait("document.querySelector('a.entry')?.textContent.startsWith('How many teeth')")
        self.browser.click("a.entry")
        self.browser.find("#response .cite")
        self.go("ask")
        self.browser.js("document.querySelector('#question').select()")
        self.browser.type("#question", "How many")
        self.browser.wait("document.querySelector('#suggestions li')?.textContent.startsWith('How many teeth')")
        self.go("history")
        self.browser.click("#questions .quiet.bad")
        self.browser.click("dialog [value=yes]")
        self.browser.wait("document.querySelector('#questions strong')?.textContent === 'No questions yet'")

    def test_it_fits_a_phone_and_speaks_russian(self):
        self.browser.resize(360, 740, mobile=True)
        self.set_up_admin()
        self.bring_sample()
        self.browser.click("#language")
        self.ask_on_phone("Во сколько зажгли маяк 1 октября?")
        for view in ("ask", "sources", "jobs", "history"):
            self.go(view)
            self.browser.wait(f"document.querySelector('nav a[aria-current]').hash === '#{view}'")
            self.assertLessEqual(self.browser.js("return document.documentElement.scrollWidth"), 360, view)
        self.assertEqual(self.browser.text("h1"), "История")
        self.assertEqual(self.browser.js("return document.documentElement.lang"), "ru")

    def ask_on_phone(self, question):
        self.go("ask")
        self.browser.type("#question", question + ENTER)
        self.browser.click(".source")
        self.browser.find("#post .text")
        self.assertLessEqual(self.browser.js("return document.documentElement.scrollWidth"), 360)
        self.browser.click("#close-post")

    def test_nothing_in_a_stored_text_is_executed(self):
        self.set_up_admin()
        posts = [message(i + 1, f"planted {attack}", author=attack, forwarded_from=attack) for i, attack in enumerate(ATTACKS)]
        posts.append(message(100, "planted file", file="(File not included.)", file_name=ATTACKS[1]))
        named = self.folder / "<img src=x onerror=window.executed=1>.txt"
        named.write_text(f"planted document {ATTACKS[0]}", encoding="utf-8")
        self.bring(write_export(self.folder / "result.json", posts, name=ATTACKS[1]), named)
        self.browser.wait(f"document.querySelector('ul#channels')?.textContent.includes('{len(posts)} posts')")
        self.browser.wait("document.querySelector('#documents .badge.completed')")
        shown = self.browser.js("return document.querySelector('#channels b').textContent")
        self.assertEqual(shown, ATTACKS[1], "shown as it is written")
        for attack in ATTACKS:
            self.ask(f"planted {attack}")
            for i in range(self.browser.js("return document.querySelectorAll('.source').length")):
                self.browser.js("document.querySelectorAll('.source')[arguments[0]].click()", i)
                self.browser.wait("document.querySelector('#post .text')?.textContent.includes('planted')")
            self.assertEqual(self.browser.js("""return document.querySelectorAll(
                'main :is(img, script, iframe, svg, #trap, [onerror], [onload], a[href^="javascript:" i])').length"""), 0)
        for view in ("history", "jobs", "sources"):
            self.go(view)
            self.browser.wait("document.querySelector('main li')")
            self.assertEqual(self.browser.js("return document.querySelectorAll('main :is(img, script, iframe, svg)').length"), 0)


if __name__ == "__main__":
    unittest.main()
