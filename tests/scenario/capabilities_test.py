"""`telegnosis status --capabilities` and what the program answers with 501 are the same list."""
import io
import pathlib
import shutil
import sys
import tempfile
import unittest
import zipfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "support"))
from telegnosis import Server, multipart, run, run_json  # noqa: E402


def docx():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
    return out.getvalue()


class Capabilities(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_capabilities_"))
        self.server = Server(self.folder / "data")

    def tearDown(self):
        self.server.stop()
        shutil.rmtree(self.folder)

    def reason(self, method, path, body=None, **options):
        status, reply = self.server.request(method, path, body, token=self.server.key, **options)
        self.assertEqual((status, reply["error_code"]), (501, "NOT_IMPLEMENTED"), (path, reply))
        return reply["details"]["reason"]

    def upload(self, name, content):
        body, headers = multipart("file", name, content)
        return self.reason("POST", "/documents/upload", body, headers=headers)

    def test_the_list_is_what_the_program_refuses(self):
        model = self.server.data / "model" / "models" / "org" / "e5"
        model.mkdir(parents=True)
        (model / "model.json").write_text('{"type": "embedding"}')
        text = {"chunk_id": "6f1d0c52-9a4e-5b7c-8d21-5e903a77c401", "text": "words"}
        refused = {
            self.reason("POST", "/channels/join", {"channel_username": "durov"}),
            self.reason("POST", "/channels/leave", {"channel_username": "durov"}),
            self.reason("POST", "/embeddings/generate", text),
            self.reason("POST", "/models/org/e5/download", {"model_type": "embedding"}),
            self.reason("POST", "/models/org/e5/load"),
            self.reason("POST", "/providers/openai/models/gpt/generate", {"query": "x", "context": []}),
            self.upload("a.pdf", b"%PDF-1.7\n%%EOF\n"),
            self.upload("a.docx", docx()),
        }
        login = run(self.server.data, "login", check=False)
        self.assertEqual(login.returncode, 1)
        refused.add(login.stderr.rsplit("(", 1)[1].split(")")[0])
        self.assertEqual(set(run_json(self.server.data, "status", "--capabilities")), refused)


if __name__ == "__main__":
    unittest.main()
