#include "service/retrieval/kept_answer.hpp"

#include <algorithm>

#include <fmt/core.h>

#include "base/json_fields.hpp"
#include "base/text.hpp"

namespace tg::retrieval {
namespace {

// Whether the words of `citation` still stand where they stood; if so, they are quoted again.
bool quote_again(api::Citation& citation, const api::IndexedChunk& chunk) {
  const std::int64_t start = citation.span.start - chunk.start_char;
  const std::int64_t count = citation.span.end - citation.span.start;
  const auto length = static_cast<std::int64_t>(text::count_code_points(chunk.text));
  if (start < 0 || count < 0 || start + count > length) return false;
  citation.quote =
      text::substr(chunk.text, static_cast<std::size_t>(start), static_cast<std::size_t>(count));
  citation.channel_title = json::text_in(chunk.payload, "channel_title");
  citation.author = json::text_in(chunk.payload, "author");
  return true;
}

void restore(api::Citation& citation, const std::vector<api::IndexedChunk>& chunks) {
  if (!citation.quote.empty()) return;  // not from the index
  const bool document_is_there = std::ranges::any_of(
      chunks, [&](const auto& chunk) { return chunk.document_id == citation.document_id; });
  const auto chunk = std::ranges::find(chunks, citation.chunk_id, &api::IndexedChunk::chunk_id);
  citation.deleted_since = !document_is_there;
  citation.edited_since =
      document_is_there && (chunk == chunks.end() || !quote_again(citation, *chunk));
}

}  // namespace

api::QueryReply without_texts(api::QueryReply reply, const std::set<std::string>& not_indexed) {
  if (!reply.citations.empty()) reply.response.reset();
  reply.warnings.clear();  // "searched for X instead of Y": X is a word of the index
  for (api::SearchResult& result : reply.results) {
    result.text.clear();
    result.metadata.clear();
  }
  for (api::Citation& citation : reply.citations) {
    if (not_indexed.contains(citation.document_id)) continue;
    citation.quote.clear();
    citation.channel_title.reset();
    citation.author.reset();
  }
  return reply;
}

void restore_texts(api::QueryReply& reply, const std::vector<api::IndexedChunk>& chunks) {
  std::erase_if(reply.results, [&chunks](api::SearchResult& result) {
    const auto chunk = std::ranges::find(chunks, result.chunk_id, &api::IndexedChunk::chunk_id);
    if (chunk == chunks.end()) return true;
    result.text = chunk->text;
    result.metadata = chunk->payload;
    return false;
  });
  std::string response;
  for (api::Citation& citation : reply.citations) {
    restore(citation, chunks);
    if (!citation.quote.empty())
      response +=
          fmt::format("{}{} [{}]", response.empty() ? "" : " ", citation.quote, citation.number);
  }
  if (!response.empty()) reply.response = std::move(response);
}

}  // namespace tg::retrieval
