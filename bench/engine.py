#!/usr/bin/env python3
"""Ranking quality and speed of the engine alone on a judged set.

    bench/engine.py FOLDER

FOLDER is as bench/evaluate.py describes. Runs build/release/bench/engine_run (ENGINE_RUN names another program) and prints
nDCG@10 and recall@100 of its rankings.
"""
import argparse
import collections
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from evaluate import ndcg, read_set  # noqa: E402

PROGRAM = os.environ.get("ENGINE_RUN", str(pathlib.Path(__file__).resolve().parent.parent / "build/release/bench/engine_run"))


def recall(ranking, grades):
    relevant = {document for document, grade in grades.items() if grade > 0}
    return len(relevant & set(ranking)) / len(relevant) if relevant else 0.0


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=pathlib.Path)
    folder = arguments.parse_args().folder
    _, queries, judged = read_set(folder)
    rankings = collections.defaultdict(list)
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as run:
        speed = subprocess.run([PROGRAM, folder, run.name], check=True, capture_output=True, text=True).stdout.strip()
        for line in run:
            query, _, document, *_ = line.split()
            rankings[query].append(document)
    pairs = [(rankings[q["id"]], judged[q["id"]]) for q in queries]
    print(f"{folder.name}: {speed}; nDCG@10 {100 * statistics.mean(ndcg(*pair) for pair in pairs):.2f}, "
          f"recall@100 {100 * statistics.mean(recall(*pair) for pair in pairs):.2f}", flush=True)


if __name__ == "__main__":
    main()
