#!/usr/bin/python3
"""nDCG@10 of SQLite FTS5 (default tokenizer) and of Xapian with Snowball stems on a judged set: peers for bench/evaluate.py.

    bench/peers.py FOLDER [--language russian|english]      (Debian: python3-xapian)
"""
import argparse
import pathlib
import re
import sqlite3
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from evaluate import content, ndcg, read_set  # noqa: E402


def fts5(corpus, queries):
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE documents USING fts5(id UNINDEXED, text)")
    database.executemany("INSERT INTO documents VALUES (?, ?)", [(d["id"], content(d)) for d in corpus])
    for query in queries:
        terms = " OR ".join(f'"{w}"' for w in re.findall(r"\w+", query["text"]))
        rows = database.execute("SELECT id FROM documents WHERE documents MATCH ? ORDER BY rank LIMIT 10", (terms,)) if terms else []
        yield [row[0] for row in rows]


def xapian_stems(corpus, queries, language):
    import xapian
    database = xapian.WritableDatabase("", xapian.DB_BACKEND_INMEMORY)
    generator = xapian.TermGenerator()
    generator.set_stemmer(xapian.Stem(language))
    for document in corpus:
        entry = xapian.Document()
        entry.set_data(document["id"])
        generator.set_document(entry)
        generator.index_text(content(document))
        database.add_document(entry)
    parser = xapian.QueryParser()
    parser.set_stemmer(xapian.Stem(language))
    parser.set_stemming_strategy(xapian.QueryParser.STEM_SOME)
    parser.set_database(database)
    enquire = xapian.Enquire(database)
    for query in queries:
        enquire.set_query(parser.parse_query(re.sub(r"\W+", " ", query["text"]), 0))
        yield [match.document.get_data().decode() for match in enquire.get_mset(0, 10)]


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=pathlib.Path)
    arguments.add_argument("--language", default="russian")
    options = arguments.parse_args()
    corpus, queries, judged = read_set(options.folder)
    for name, rankings in (("SQLite FTS5, default", fts5(corpus, queries)), ("Xapian, stems", xapian_stems(corpus, queries, options.language))):
        scores = [ndcg(ranking, judged[q["id"]]) for q, ranking in zip(queries, rankings)]
        print(f"{options.folder.name}, {name}: nDCG@10 {100 * statistics.mean(scores):.2f}", flush=True)


if __name__ == "__main__":
    main()
