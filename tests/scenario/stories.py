"""User stories that run against both forms of the program: all services in one process, and one process per service. A
form implements `server_of`, which returns the Server that runs a service."""
import json
import time

from telegnosis import events, message, multipart, request, run, run_json, write_export

TEXTS = [
    "Купол обсерватории покрасили в белый цвет. Работали три дня.",
    "The new telescope has a mirror of two metres. It was made in Kazan.",
    "Планетарий открывается в субботу в 18:30. Билет стоит 350 рублей.",
]


class Stories:
    def server_of(self, service):
        raise NotImplementedError

    @property
    def gateway(self):
        return self.server_of("gateway")

    def call(self, method, path, body=None, **options):
        options.setdefault("token", self.gateway.key)
        return self.gateway.request(method, path, body, **options)

    def ok(self, method, path, body=None, **options):
        status, reply = self.call(method, path, body, **options)
        self.assertIn(status, (200, 201, 202), reply)
        return reply

    def eventually(self, expected, ask):
        """For effects that follow a response with a delay: asks until they are there, for a minute at most."""
        until = time.monotonic() + 60
        while (found := ask()) != expected:
            self.assertLess(time.monotonic(), until, found)

    def export(self, name, texts, channel_id=777, **fields):
        return write_export(self.folder / name, [message(i + 1, t, **fields) for i, t in enumerate(texts)],
                            channel_id=channel_id)

    def import_by_upload(self, path):
        body, headers = multipart("file", path.name, path.read_bytes())
        job = self.ok("POST", "/channels/import", body, headers=headers)["job_id"]
        seen = [json.loads(data) for name, data in events(f"{self.gateway.url()}/jobs/{job}/events", self.gateway.key)
                if name == "message"]
        self.assertEqual(seen[-1]["state"], "done", seen[-1])
        return seen[-1]

    def test_an_export_is_uploaded_followed_asked_and_deleted_over_http(self):
        job = self.import_by_upload(self.export("result.json", TEXTS))
        self.assertEqual(job["result"]["channels"][0]["new"], 3)
        reply = self.ok("POST", "/query", {"query": "Сколько стоит билет в планетарий?"})
        self.assertIn("350 рублей", reply["response"])
        citation = reply["citations"][0]
        self.assertEqual(TEXTS[2][citation["span"]["start"]:citation["span"]["end"]], citation["quote"])
        self.eventually(1, lambda: len(self.ok("GET", "/api/v1/queries/history")))
        self.assertEqual(self.ok("GET", f"/query/{reply['query_id']}")["query"], reply["query"])
        found = self.ok("POST", "/api/v1/search", {"query": "telescope mirror"})
        self.assertEqual(found["results"][0]["metadata"]["message_id"], 2)
        listed = self.ok("GET", "/channels/list")["data"]["channels"]
        self.assertEqual([(c["id"], c["posts"]) for c in listed], [(777, 3)])
        self.assertEqual(len(self.ok("GET", "/channels/777/messages?limit=2")["data"]["messages"]), 2)
        self.ok("DELETE", "/channels/777")
        self.assertEqual(self.ok("POST", "/search", {"query": "telescope mirror"})["results"], [])

    def test_a_document_is_uploaded_found_and_deleted_over_http(self):
        body, headers = multipart("file", "rules.md", "# Устав\n\nВход в обсерваторию со двора.\n".encode())
        uploaded = self.ok("POST", "/documents/upload", body, headers=headers)
        self.assertEqual(uploaded["filename"], "rules.md")
        found = self.ok("POST", "/search", {"query": "вход со двора"})["results"]
        self.assertEqual(found[0]["document_id"], uploaded["document_id"])
        listed = self.ok("GET", "/documents")
        self.assertEqual([d["document_id"] for d in listed], [uploaded["document_id"]])
        self.ok("DELETE", f"/documents/{uploaded['document_id']}")
        self.assertEqual(self.ok("POST", "/search", {"query": "вход со двора"})["results"], [])

    def test_an_answer_is_streamed_sentence_by_sentence(self):
        context = [{"chunk_id": "c", "document_id": "d", "text": TEXTS[0], "score": 1, "metadata": {}}]
        asked = {"query": "купол обсерватории покрасили", "context": context, "stream": True}
        for path, body in (("/generate", asked), ("/providers/local/models/extractive/generate", asked)):
            streamed = list(events(self.gateway.url() + path, self.gateway.key, body))
            names = [name for name, _ in streamed]
            self.assertEqual(names[:2] + names[-2:], ["message", "citation", "final_answer", "done"])
            whole = json.loads(streamed[-2][1])["answer"]
            texts = [json.loads(data)["text"] for name, data in streamed if name == "message"]
            self.assertEqual("".join(texts), whole["response"])
            self.assertEqual(self.ok("POST", path, {**body, "stream": False})["response"], whole["response"])

    def test_nobody_comes_in_without_a_token(self):
        for token in (None, "no.such.token", self.gateway.key[:-1] + "x"):
            status, reply = self.call("POST", "/query", {"query": "x"}, token=token)
            self.assertEqual((status, reply["error_code"]), (401, "UNAUTHORIZED"))
        # Endpoints for services are not exposed at all.
        self.assertEqual(self.call("GET", "/feed")[0], 404)
        self.assertEqual(self.call("GET", "/maintenance/fsck")[0], 404)
        # Headers that claim a user are ignored, at the gateway and behind it.
        for service in ("gateway", "telegram", "retrieval"):
            url = self.server_of(service).url(service)
            path = "/channels/list" if service != "retrieval" else "/queries/history"
            claims = {"X-User-Id": "local", "X-Telegnosis-Principal": '{"user_id":"local","role":"admin"}'}
            self.assertEqual(request(url + path, headers=claims)[0], 401)

    def test_people_log_in_and_see_what_is_theirs(self):
        """The first admin through the printed link, who creates a user and a viewer; what each may do."""
        link = next(line for line in self.server_of("auth").lines if "#setup=" in line)
        setup = {"token": link.split("#setup=")[1].strip(), "email": "admin@example.org", "password": "correct horse 1"}
        admin = self.ok("POST", "/auth/setup", setup, token=None)["access_token"]
        self.assertEqual(self.call("POST", "/auth/setup", setup, token=None)[0] // 100, 4)  # it works once
        people = {}
        for name, role in (("ann", "user"), ("bob", "viewer")):
            self.ok("POST", "/auth/register", {"email": f"{name}@example.org", "username": name, "role": role,
                                               "password": "correct horse 2"}, token=admin)
            people[name] = self.ok("POST", "/auth/login", {"email": f"{name}@example.org", "password": "correct horse 2"},
                                   token=None)["access_token"]
        self.assertEqual(self.ok("GET", "/auth/me", token=people["ann"])["role"], "user")
        body, headers = multipart("file", "note.txt", "Записка о куполе обсерватории.".encode())
        self.assertEqual(self.call("POST", "/documents/upload", body, headers=headers, token=people["bob"])[0], 403)
        self.ok("POST", "/documents/upload", body, headers=headers, token=people["ann"])
        self.ok("POST", "/query", {"query": "купол обсерватории"}, token=people["ann"])
        # Questions are visible to the user who asked only.
        self.eventually(1, lambda: len(self.ok("GET", "/queries/history", token=people["ann"])))
        self.assertEqual(self.ok("GET", "/queries/history", token=people["bob"]), [])
        self.assertEqual(self.call("GET", "/auth/users", token=people["ann"])[0], 403)
        self.assertEqual(len(self.ok("GET", "/auth/users", token=admin)), 3)
        # A logout takes effect at the gateway within a second.
        self.ok("POST", "/auth/logout", token=people["bob"])
        self.eventually(401, lambda: self.call("GET", "/auth/me", token=people["bob"])[0])

    def test_the_page_and_the_description_of_the_interface_are_served(self):
        status, page = self.call("GET", "/", token=None)
        self.assertEqual(status, 200)
        self.assertIn(b"<title>", page)
        status, document = self.call("GET", "/openapi.json", token=None)
        self.assertTrue(document["openapi"].startswith("3.1"))
        self.assertIn("/query", document["paths"])
        self.assertNotIn("/feed", document["paths"])
        self.assertEqual(self.call("GET", "/docs", token=None)[0], 200)
        own = request(self.server_of("telegram").url("telegram") + "/openapi.json")[1]
        self.assertIn("/feed", own["paths"])
        self.call("POST", "/search", {"query": "x"})
        metrics = self.call("GET", "/metrics", token=None)[1].decode()
        counted = 'telegnosis_http_requests_total{service="gateway",route="/search",method="POST",status="200"} 1'
        self.assertTrue(counted in metrics, [line for line in metrics.splitlines() if "requests_total" in line])
        self.assertTrue("telegnosis_loop_lag_seconds" in metrics)

    def test_bad_input_names_the_field(self):
        status, reply = self.call("POST", "/query", {"query": "x", "top_k": 1000})
        self.assertEqual((status, reply["error_code"]), (400, "VALIDATION_ERROR"))
        self.assertIn("top_k", reply["detail"])
        for method, path, code, word in (("GET", "/no/such/path", 404, "NOT_FOUND"),
                                         ("GET", "/api/v1/no/such/path", 404, "NOT_FOUND"),
                                         ("PUT", "/api/v1/query", 405, "METHOD_NOT_ALLOWED"),
                                         ("POST", "/api/v1/query", 400, "VALIDATION_ERROR")):
            status, reply = self.call(method, path, {})
            self.assertEqual((status, reply["success"], reply["error_code"]), (code, False, word))
            status, problem = self.call(method, path, {}, headers={"Accept": "application/problem+json"})
            self.assertEqual((status, problem["status"], problem["error_code"]), (code, code, word))
            self.assertIn("title", problem)
            self.assertNotIn("success", problem)

    def test_probes_tell_the_state(self):
        status, health = self.call("GET", "/health", token=None)
        self.assertEqual(status, 200)
        self.assertEqual(health["service_name"], "gateway")
        self.assertGreaterEqual(set(health["details"]["services"]),
                                {"document", "embedding", "retrieval", "generation", "model", "vector", "telegram"})
        for service in ("gateway", "telegram", "document", "vector"):
            url = self.server_of(service).url(service)
            self.assertEqual(request(url + "/health/live")[0], 200)
            self.assertEqual(request(url + "/health/ready")[0], 200)
            self.assertEqual(request(url + "/health")[1]["service_name"], service)

    def test_commands_go_to_the_server(self):
        data = self.gateway.data
        done = run(data, "import", self.export("cli.json", TEXTS, channel_id=778))
        self.assertIn("3 new", done.stdout)
        self.assertIn("350 рублей", run_json(data, "ask", "Сколько стоит билет в планетарий?", "--channel", "778")["response"])
        self.assertEqual([c["posts"] for c in run_json(data, "channels") if c["id"] == 778], [3])
        self.assertEqual(run_json(data, "jobs")[0]["state"], "done")
        page = self.folder / "page.txt"
        page.write_text("Двор открыт с восьми утра.", encoding="utf-8")
        run(data, "documents", "add", page)
        self.assertEqual(len([d for d in run_json(data, "documents", "list") if d["filename"] == "page.txt"]), 1)
        self.assertIn("searchable", run(data, "status").stdout)
        self.assertEqual(run(data, "channels", "remove", "99999", check=False).returncode, 4)

    def test_commands_reach_a_server_by_its_address(self):
        done = run(self.folder / "nothing", "--url", self.gateway.url(), "--token", self.gateway.key, "channels", "--json")
        self.assertIsInstance(json.loads(done.stdout), list)
        self.assertFalse((self.folder / "nothing").exists())
        client = self.folder / "client"
        client.mkdir()
        (client / "token").write_text(self.gateway.key + "\n")
        (client / ".env").write_text(f"TELEGNOSIS_URL={self.gateway.url()}\nTELEGNOSIS_TOKEN_FILE={client / 'token'}\n")
        self.assertEqual(run_json(self.folder / "nothing", "channels", cwd=client), json.loads(done.stdout))
        self.assertFalse((self.folder / "nothing").exists())
        denied = run(self.folder / "nothing", "--url", self.gateway.url(), "--token", "wrong", "channels", check=False)
        self.assertEqual(denied.returncode, 5)
        refused = run(self.folder / "nothing", "fsck", "--url", self.gateway.url(), "--token", self.gateway.key, check=False)
        self.assertEqual(refused.returncode, 3)
        self.assertIn("--data", refused.stderr)
