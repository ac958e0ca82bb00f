#!/usr/bin/env python3
"""Retrieval quality on a judged set, uploaded as documents and queried with POST /search.

    bench/evaluate.py FOLDER [--run FILE] [--answers]

FOLDER holds corpus.jsonl[.gz] (id, title, text), queries.jsonl (id, text, answers?) and qrels.tsv (TREC). Default settings,
except that diversity and folding are off; a document's score is that of its best chunk. --run writes a TREC run file, to
verify the figures with trec_eval. --answers also asks POST /query: how often the extractive answer contains a gold answer,
and how well "not found" separates questions whose gold documents were removed from the others (area under the ROC curve of
the reply's `evidence`).
"""
import argparse
import collections
import gzip
import json
import math
import pathlib
import re
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from product import Product  # noqa: E402


def read_jsonl(path):
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def read_set(folder):
    corpus = folder / "corpus.jsonl"
    corpus = read_jsonl(corpus if corpus.exists() else folder / "corpus.jsonl.gz")
    judged = collections.defaultdict(dict)
    for line in (folder / "qrels.tsv").read_text(encoding="utf-8").splitlines():
        query, _, document, grade = line.split()
        judged[query][document] = int(grade)
    return corpus, [q for q in read_jsonl(folder / "queries.jsonl") if q["id"] in judged], judged


def content(document):
    title = document.get("title", "").strip()
    return f"{title}\n\n{document['text']}" if title else document["text"]


def upload(product, document):
    """Returns the document's id in the product."""
    body = {"filename": f"{document['id']}.txt", "content": content(document)}
    return product.call("POST", "/documents/upload", body)["document_id"]


def ndcg(ranking, grades, depth=10):
    gain = sum(max(grades.get(d, 0), 0) / math.log2(i + 2) for i, d in enumerate(ranking[:depth]))
    ideal = sum(g / math.log2(i + 2) for i, g in enumerate(sorted((g for g in grades.values() if g > 0), reverse=True)[:depth]))
    return gain / ideal if ideal else 0.0


def rank(product, query, names):
    """Documents by their best chunk, with the public score; ties by id descending, as trec_eval does."""
    reply = product.call("POST", "/search", {"query": query, "top_k": 100, "diversity": 0, "fold_duplicates": False})
    best = {}
    for place, result in enumerate(reply["results"]):
        best.setdefault(names[result["document_id"]], (-place, result["score"]))
    return sorted(best, key=lambda d: best[d], reverse=True)


def words(text):
    return " " + " ".join(re.findall(r"\w+", text.lower().replace("ё", "е"))) + " "


def area_under_curve(positive, negative):
    values = sorted([(v, 1) for v in positive] + [(v, 0) for v in negative])
    ranks, i = 0.0, 0
    while i < len(values):
        j = i
        while j < len(values) and values[j][0] == values[i][0]:
            j += 1
        ranks += (i + j + 1) / 2 * sum(kind for _, kind in values[i:j])
        i = j
    return (ranks - len(positive) * (len(positive) + 1) / 2) / (len(positive) * len(negative))


def judge_answers(product, corpus, queries, judged, ids):
    hit = answered = 0
    present, absent, wrongly = [], [], 0
    for query in queries:
        reply = product.call("POST", "/query", {"query": query["text"]})
        answered += reply["answered"]
        said = words(reply["response"] or "") if reply["answered"] else ""
        hit += any(words(gold) in said for gold in query.get("answers", []))
        present.append(reply["evidence"])
    by_document = collections.defaultdict(list)
    for query in queries:
        by_document[min(d for d, g in judged[query["id"]].items() if g > 0)].append(query)
    documents = {d["id"]: d for d in corpus}
    for name, asked in by_document.items():
        product.call("DELETE", f"/documents/{ids[name]}")
        for query in asked:
            reply = product.call("POST", "/query", {"query": query["text"]})
            absent.append(reply["evidence"])
            wrongly += reply["answered"]
        upload(product, documents[name])
    print(f"answers: gold answer in the extractive answer {100 * hit / len(queries):.1f} %, answered {100 * answered / len(queries):.1f} %; "
          f"gold removed: still answered {100 * wrongly / len(absent):.1f} %, AUC of not found {area_under_curve(present, absent):.3f}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--run", type=pathlib.Path)
    arguments.add_argument("--answers", action="store_true")
    options = arguments.parse_args()
    corpus, queries, judged = read_set(options.folder)
    product = Product()
    try:
        ids = {d["id"]: upload(product, d) for d in corpus if content(d).strip()}
        names = {}
        for name, document_id in ids.items():
            names.setdefault(document_id, name)  # equal texts are one document
        run, scores, times = [], [], []
        for query in queries:
            started = time.perf_counter()
            ranking = rank(product, query["text"], names)
            times.append(1000 * (time.perf_counter() - started))
            scores.append(ndcg(ranking, judged[query["id"]]))
            run += [f"{query['id']} Q0 {d} {i + 1} {1000 - i} telegnosis" for i, d in enumerate(ranking)]
        print(f"{options.folder.name}: {len(corpus)} documents, {len(queries)} queries: nDCG@10 {100 * statistics.mean(scores):.2f}, "
              f"P50 {statistics.median(times):.1f} ms, P95 {sorted(times)[len(times) * 95 // 100]:.1f} ms", flush=True)
        if options.run:
            options.run.write_text("\n".join(run) + "\n")
        if options.answers:
            judge_answers(product, corpus, queries, judged, ids)
    finally:
        product.stop()


if __name__ == "__main__":
    main()
