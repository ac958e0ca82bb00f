"""A local server of the web preview of one public channel, with the pages of the fuzzer's corpus."""
import http.server
import pathlib
import threading

CHANNEL = "polar_station"
POSTS = 3
_PAGES = pathlib.Path(__file__).resolve().parent.parent / "corpus" / "preview_page"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        path, _, query = self.path.partition("?")
        name = "poll.html" if "before=" in query else "history.html"  # post 5 before posts 20 and 21
        body = (_PAGES / (name if path == f"/s/{CHANNEL}" else "profile.html")).read_bytes()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class PageServer:
    def __init__(self):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.settings = {"WEB_PREVIEW_URL": f"http://127.0.0.1:{self._server.server_address[1]}",
                         "TELEGRAM_RATE_LIMIT": "1000"}

    def close(self):
        self._server.shutdown()
        self._server.server_close()
