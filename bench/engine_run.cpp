// Indexes a judged set with the engine and searches for its queries:
//
//   engine_run FOLDER RUN
//
// FOLDER holds corpus.jsonl[.gz] and queries.jsonl. Writes the rankings to RUN in TREC format and
// prints the speed. bench/engine.py runs it and judges the rankings.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/core.h>
#include <zlib.h>

#include "base/json.hpp"
#include "base/text.hpp"
#include "engine/index.hpp"

namespace {

using namespace tg;
namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kBatchDocuments = 512;
constexpr std::size_t kDepth = 100;

std::vector<std::string> read_lines(const fs::path& path) {
  gzFile file = gzopen(path.c_str(), "rb");
  std::string all;
  std::vector<char> piece(1 << 16);
  for (int got = 0; (got = gzread(file, piece.data(), static_cast<unsigned>(piece.size()))) > 0;) {
    all.append(piece.data(), static_cast<std::size_t>(got));
  }
  gzclose(file);
  std::vector<std::string> lines;
  std::istringstream in(all);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string field(const json::Value& value, const char* name) {
  const json::Value* found = value.as_object().if_contains(name);
  if (found == nullptr) return {};
  return found->is_string() ? std::string(found->as_string()) : json::to_text(*found);
}

// The set's id is the payload.
index::Chunk chunk_of(const json::Value& document) {
  index::Chunk chunk;
  chunk.payload = field(document, "id");
  chunk.document_id = Uuid::from_name(kDocumentNamespace, chunk.payload);
  chunk.chunk_id = chunk.document_id;
  chunk.title = text::to_nfc(field(document, "title"));
  chunk.text = text::to_nfc(field(document, "text"));
  chunk.access = "space:default";
  return chunk;
}

// Returns the number of documents.
std::size_t index_corpus(engine::Index& index, const fs::path& corpus) {
  index::Batch batch;
  std::size_t documents = 0;
  const auto apply = [&] {
    index.apply(batch).value();
    documents += batch.documents.size();
    batch.documents.clear();
  };
  for (const std::string& line : read_lines(corpus)) {
    const index::Chunk chunk = chunk_of(json::parse(line).value());
    batch.documents.push_back({chunk.document_id, 1, {chunk}});
    if (batch.documents.size() == kBatchDocuments) apply();
  }
  apply();
  return documents;
}

// Writes the ranking of a query; returns the milliseconds that the search took.
double search(engine::Index& index, const json::Value& query, std::ostream& run) {
  const auto from = Steady::now();
  const auto found = index.snapshot()
                         ->search({.text = field(query, "text"),
                                   .top_k = kDepth,
                                   .filter = {.visible = {"space:default"}},
                                   .repair = true,
                                   .rescore = true,
                                   .explain = false})
                         .value();
  const std::chrono::duration<double, std::milli> took = Steady::now() - from;
  std::size_t rank = 0;
  for (const auto& hit : found.hits) {
    ++rank;
    run << fmt::format("{} Q0 {} {} {} engine\n", field(query, "id"), hit.chunk.payload, rank,
                       1000 - rank);
  }
  return took.count();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: engine_run FOLDER RUN\n");
    return 2;
  }
  const fs::path folder = argv[1];
  fs::path corpus = folder / "corpus.jsonl";
  if (!fs::exists(corpus)) corpus = folder / "corpus.jsonl.gz";
  const fs::path scratch = fs::temp_directory_path() / ("tg_engine_" + random_hex(6));
  {
    auto index = engine::Index::open(scratch, disk_files()).value();
    const auto start = Steady::now();
    const std::size_t documents = index_corpus(*index, corpus);
    const std::chrono::duration<double> built = Steady::now() - start;
    std::ofstream run(argv[2]);
    std::vector<double> times;
    for (const std::string& line : read_lines(folder / "queries.jsonl"))
      times.push_back(search(*index, json::parse(line).value(), run));
    std::ranges::sort(times);
    fmt::print("{} documents in {:.2f} s ({:.0f}/s), {} queries: P50 {:.2f} ms, P95 {:.2f} ms\n",
               documents, built.count(), static_cast<double>(documents) / built.count(),
               times.size(), times.at(times.size() / 2), times.at(times.size() * 95 / 100));
  }
  fs::remove_all(scratch);
  return 0;
}
