#!/usr/bin/env python3
"""Import speed and memory at 1x, 10x and 100x of an export (Telegram Desktop's result.json[.gz], a whole account).

    bench/import_growth.py EXPORT [--copies 1 10 100] [--exact]

Each copy has channels of its own; a tenth of the words of each text is replaced by other words of the export (seeded), so
that copies are not duplicates. --exact keeps the texts: every copy is a near-duplicate of the first. Prints posts/s from
file to searchable, the peak of RssAnon during the import, and the index memory that the program reports.
"""
import argparse
import gzip
import json
import os
import pathlib
import random
import shutil
import subprocess
import tempfile
import threading
import time

PROGRAM = os.environ.get("TELEGNOSIS", str(pathlib.Path(__file__).resolve().parent.parent / "build/release/telegnosis"))


def read_export(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as file:
        return json.load(file)["chats"]["list"]


def varied(text, words, rng):
    parts = text.split(" ")
    for i in range(len(parts)):
        if rng.random() < 0.1:
            parts[i] = rng.choice(words)
    return " ".join(parts)


def write_copies(chats, copies, exact, path):
    """Streams the copies to the file, so that the benchmark itself uses little memory."""
    rng = random.Random(1)
    words = sorted({w for chat in chats for m in chat["messages"] for e in m.get("text_entities", []) for w in e["text"].split() if len(w) > 3})
    posts = 0
    with open(path, "w", encoding="utf-8") as out:
        out.write('{"chats": {"list": [')
        for copy in range(copies):
            for number, chat in enumerate(chats):
                head = {k: v for k, v in chat.items() if k != "messages"}
                head["id"] = chat["id"] + copy * 10_000_000_000 if copy else chat["id"]
                head["name"] = f"{chat['name']} {copy}" if copy else chat["name"]
                out.write(("" if copy == number == 0 else ",") + json.dumps(head, ensure_ascii=False)[:-1] + ', "messages": [')
                for i, message in enumerate(chat["messages"]):
                    if copy and not exact and message.get("text_entities"):
                        entities = [dict(e, text=varied(e["text"], words, rng)) for e in message["text_entities"]]
                        message = dict(message, text_entities=entities, text="".join(e["text"] for e in entities))
                    out.write(("," if i else "") + json.dumps(message, ensure_ascii=False))
                    posts += message["type"] == "message"
                out.write("]}")
        out.write("]}}")
    return posts


class PeakMemory(threading.Thread):
    """Samples RssAnon of a process, in MB."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.status, self.peak = pathlib.Path(f"/proc/{pid}/status"), 0.0
        self.start()

    def run(self):
        while True:
            try:
                line = next(row for row in self.status.read_text().splitlines() if row.startswith("RssAnon"))
            except (OSError, StopIteration):
                return
            self.peak = max(self.peak, int(line.split()[1]) / 1024)
            time.sleep(0.05)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("export", type=pathlib.Path)
    arguments.add_argument("--copies", type=int, nargs="+", default=[1, 10, 100])
    arguments.add_argument("--exact", action="store_true")
    options = arguments.parse_args()
    chats = read_export(options.export)
    first = None
    for copies in options.copies:
        folder = pathlib.Path(tempfile.mkdtemp(prefix="tg_import_"))
        try:
            posts = write_copies(chats, copies, options.exact, folder / "result.json")
            environment = dict(os.environ, TELEGNOSIS_DATA=str(folder / "data"))
            started = time.monotonic()
            process = subprocess.Popen([PROGRAM, "import", str(folder / "result.json"), "--json"], env=environment,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            memory = PeakMemory(process.pid)
            report = process.communicate()[0]
            took = time.monotonic() - started
            if process.returncode != 0:
                raise SystemExit(f"import failed: {report[-2000:]}")
            status = json.loads(subprocess.run([PROGRAM, "status", "--json"], env=environment, check=True, capture_output=True, text=True).stdout)
            rate = posts / took
            first = first or rate
            index = json.dumps(status).split('"index_memory_bytes":')
            index_mb = int(index[1].split(",")[0].split("}")[0]) / 2**20 if len(index) > 1 else float("nan")
            print(f"{copies}x{' exact' if options.exact else ''}: {posts} posts in {took:.1f} s, {rate:.0f} posts/s ({rate / first:.2f} of 1x), "
                  f"peak RssAnon {memory.peak:.0f} MB, index {index_mb:.1f} MB", flush=True)
        finally:
            shutil.rmtree(folder)


if __name__ == "__main__":
    main()
