// nDCG@10 and recall@100 of the engine on a folder with corpus.jsonl[.gz], queries.jsonl,
// qrels.tsv:
//   retrieval_quality FOLDER
// Indexes into a temporary folder with the product's own settings; prints quality and times.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <sstream>

#include <fmt/core.h>
#include <zlib.h>

#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "engine/index.hpp"

namespace {

using namespace tg;
namespace fs = std::filesystem;

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

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    fmt::print(stderr, "usage: retrieval_quality FOLDER\n");
    return 2;
  }
  const fs::path folder = argv[1];
  fs::path corpus = folder / "corpus.jsonl";
  if (!fs::exists(corpus)) corpus = folder / "corpus.jsonl.gz";
  const fs::path scratch = fs::temp_directory_path() / ("tg_quality_" + random_hex(6));
  auto index = engine::Index::open(scratch, disk_files()).value();
  const auto start = std::chrono::steady_clock::now();
  index::Batch batch;
  std::size_t documents = 0;
  for (const std::string& line : read_lines(corpus)) {
    const json::Value value = json::parse(line).value();
    index::Chunk chunk;
    chunk.payload = field(value, "id");
    chunk.document_id = Uuid::from_name(kDocumentNamespace, chunk.payload);
    chunk.chunk_id = chunk.document_id;
    chunk.title = text::to_nfc(field(value, "title"));
    chunk.text = text::to_nfc(field(value, "text"));
    chunk.access = "space:default";
    batch.documents.push_back({chunk.document_id, 1, {chunk}});
    ++documents;
    if (batch.documents.size() == 512) {
      if (!index->apply(batch)) return 1;
      batch.documents.clear();
    }
  }
  if (!index->apply(batch)) return 1;
  const double built =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::map<std::string, std::map<std::string, double>> judged;
  for (const std::string& line : read_lines(folder / "qrels.tsv")) {
    std::istringstream in(line);
    std::string query, iteration, document;
    double grade = 0;
    if (in >> query >> iteration >> document >> grade) judged[query][document] = grade;
  }
  double ndcg = 0;
  double recall = 0;
  double count = 0;
  std::vector<double> times;
  for (const std::string& line : read_lines(folder / "queries.jsonl")) {
    const json::Value value = json::parse(line).value();
    const auto& grades = judged[field(value, "id")];
    if (grades.empty()) continue;
    const auto from = std::chrono::steady_clock::now();
    const auto hits = index->snapshot()
                          ->search({.text = field(value, "text"),
                                    .top_k = 100,
                                    .filter = {.visible = {"space:default"}},
                                    .repair = true,
                                    .rescore = true,
                                    .explain = false})
                          .value();
    times.push_back(elapsed_ms(from, std::chrono::steady_clock::now()));
    double gain = 0;
    double ideal = 0;
    double seen = 0;
    double relevant = 0;
    for (std::size_t i = 0; i < hits.hits.size(); ++i) {
      const auto grade = grades.find(hits.hits[i].chunk.payload);
      if (grade == grades.end() || grade->second <= 0) continue;
      ++seen;
      if (i < 10) gain += grade->second / std::log2(static_cast<double>(i) + 2);
    }
    std::vector<double> sorted;
    for (const auto& [document, grade] : grades) {
      if (grade > 0) {
        sorted.push_back(grade);
        ++relevant;
      }
    }
    std::ranges::sort(sorted, std::greater<>());
    for (std::size_t i = 0; i < std::min<std::size_t>(10, sorted.size()); ++i) {
      ideal += sorted[i] / std::log2(static_cast<double>(i) + 2);
    }
    ++count;
    if (ideal > 0) ndcg += gain / ideal;
    if (relevant > 0) recall += seen / relevant;
  }
  std::ranges::sort(times);
  fmt::print(
      "{}: {} documents in {:.2f} s ({:.0f}/s), {} queries: nDCG@10 {:.2f}, recall@100 {:.2f}, P50 "
      "{:.2f} ms, P95 {:.2f} ms\n",
      folder.filename().string(), documents, built, static_cast<double>(documents) / built,
      static_cast<int>(count), 100 * ndcg / count, 100 * recall / count, times[times.size() / 2],
      times[times.size() * 95 / 100]);
  fs::remove_all(scratch);
  return 0;
}
