#!/usr/bin/env python3
"""Requests per second and latency through the gateway, as a logged-in user: wrk on /health and on /query (a new question each time).

    bench/load.py EXPORT QUESTIONS [--seconds 10] [--connections 1 64 1000]

EXPORT: a Telegram Desktop export to ask about; QUESTIONS: a file with one question per line, or JSON lines with `text`. Also
prints the time from a cold start to ready, and the memory at rest, empty and with the export.
"""
import argparse
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from product import NO_LIMITS, Product  # noqa: E402

SCRIPT = """
local questions = {}
for line in io.lines(os.getenv("QUESTIONS")) do questions[#questions + 1] = line end
local next_one = 0
local token = os.getenv("TOKEN")
local failed = 0
threads = {}
function setup(thread) table.insert(threads, thread); thread:set("id", #threads) end
function init() math.randomseed(id); next_one = math.random(#questions); errors = 0 end
function request()
  if os.getenv("TARGET") == "/health" then return wrk.format("GET", "/health", {["Authorization"] = "Bearer " .. token}) end
  next_one = next_one % #questions + 1
  return wrk.format("POST", "/query", {["Authorization"] = "Bearer " .. token, ["Content-Type"] = "application/json"}, questions[next_one])
end
function response(status) if status ~= 200 then errors = errors + 1 end end
function done(summary, latency, requests)
  local bad = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  for _, thread in ipairs(threads) do bad = bad + thread:get("errors") end
  io.write(string.format("%.0f %.2f %.2f %.2f %d", summary.requests / (summary.duration / 1e6), latency:percentile(50) / 1e3,
           latency:percentile(95) / 1e3, latency:percentile(99) / 1e3, bad))
end
"""


def read_questions(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] if line.startswith("{") else line for line in lines if line.strip()]


def cold_start():
    """Milliseconds from exec to ready, for the second start on an empty folder."""
    product = Product()
    rest = product.memory()
    product.process.terminate()
    product.process.wait()
    times = []
    for _ in range(5):
        started = time.perf_counter()
        product.start()
        times.append(1000 * (time.perf_counter() - started))
        product.process.terminate()
        product.process.wait()
    product.start()
    product.stop()
    return sorted(times)[2], rest


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("export", type=pathlib.Path)
    arguments.add_argument("questions", type=pathlib.Path)
    arguments.add_argument("--seconds", type=int, default=10)
    arguments.add_argument("--connections", type=int, nargs="+", default=[1, 64, 1000])
    options = arguments.parse_args()
    start_ms, rest = cold_start()
    print(f"cold start to ready (with login): {start_ms:.0f} ms; at rest: {rest['VmRSS']:.0f} MB resident, {rest['RssAnon']:.0f} MB anonymous")
    product = Product(export=options.export.resolve())
    loaded = product.memory()
    print(f"with the export: {loaded['VmRSS']:.0f} MB resident, {loaded['RssAnon']:.0f} MB anonymous")
    print("settings: " + " ".join(f"{k}={v}" for k, v in NO_LIMITS.items() if "_PER_MINUTE" in k))
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        (folder / "load.lua").write_text(SCRIPT)
        bodies = [json.dumps({"query": q}, ensure_ascii=False) for q in read_questions(options.questions)]
        (folder / "questions").write_text("\n".join(bodies) + "\n", encoding="utf-8")
        for target in ("/health", "/query"):
            for connections in options.connections:
                environment = dict(product.environment, QUESTIONS=str(folder / "questions"), TOKEN=product.token, TARGET=target)
                out = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{options.seconds}s", "--timeout", "30s", "-s", folder / "load.lua",
                                      product.url], env=environment, check=True, capture_output=True, text=True).stdout
                rate, p50, p95, p99, errors = re.search(r"^([\d.]+) ([\d.]+) ([\d.]+) ([\d.]+) (\d+)$", out, re.M).groups()
                print(f"{target}, {connections} connections: {rate} requests/s, P50 {p50} ms, P95 {p95} ms, P99 {p99} ms, errors {errors}", flush=True)
    peak = product.memory()
    print(f"after the load: {peak['VmRSS']:.0f} MB resident, {peak['RssAnon']:.0f} MB anonymous")
    product.stop()


if __name__ == "__main__":
    main()
