#include "service/document/prepared_document.hpp"

#include <fmt/core.h>

#include "base/encoding.hpp"
#include "engine/similarity.hpp"
#include "service/document/language.hpp"

namespace tg::document {

PreparedDocument prepare_upload(UploadFacts facts, std::string_view bytes, Extracted extracted) {
  PreparedDocument document;
  document.owner = facts.principal.user_id;
  document.access = facts.is_private ? api::user_access_key(document.owner)
                                     : api::space_access_key(facts.principal.space);
  document.document_id = Uuid::from_name(
      kDocumentNamespace,
      fmt::format("upload:{}:{}:{}", document.access, document.owner, sha256_hex(bytes)));
  document.version = to_millis(facts.time);
  document.filename = facts.filename;
  document.file_type = extracted.type;
  document.size_bytes = std::ssize(bytes);
  document.metadata = std::move(facts.metadata);
  document.text = std::move(extracted.text);
  document.headings = std::move(extracted.headings);
  document.columns.title = extracted.title;
  document.columns.source = "document";
  document.columns.document_type = std::string(json::enum_word(extracted.type));
  document.columns.date = facts.time;
  document.columns.payload = json::Object{{"source", "document"},
                                          {"filename", std::move(facts.filename)},
                                          {"file_type", json::enum_word(extracted.type)},
                                          {"title", std::move(extracted.title)}};
  return document;
}

PreparedDocument prepare_post(const api::PostEvent& event) {
  PreparedDocument document;
  document.document_id = Uuid::parse(event.document_id).value_or(Uuid{});
  document.version = event.version;
  document.is_post = true;
  document.access = event.is_shared ? api::channel_access_key(event.post.channel_id)
                                    : api::own_channel_access_key(event.post.channel_id);
  document.size_bytes = static_cast<std::int64_t>(event.post.text.size());
  document.text = event.post.text;
  api::IndexedChunk& columns = document.columns;
  columns.title = event.title.value_or("");
  columns.source = "telegram";
  columns.channel_id = event.post.channel_id;
  columns.message_id = event.post.message_id;
  columns.reply_to = event.post.reply_to_msg_id;
  columns.views = event.post.views;
  columns.forwards = event.post.forwards;
  columns.media_type = event.post.media_type;
  if (auto date = parse_iso8601(event.post.date)) columns.date = *date;
  columns.payload =
      json::Object{{"source", "telegram"},
                   {"channel_id", event.post.channel_id},
                   {"channel_title", event.post.channel_title},
                   {"channel_username", json::write(event.post.channel_username)},
                   {"message_id", event.post.message_id},
                   {"date", event.post.date},
                   {"url", event.url.empty() ? json::Value(nullptr) : json::Value(event.url)},
                   {"author", json::write(event.author)},
                   {"views", json::write(event.post.views)},
                   {"forwards", json::write(event.post.forwards)},
                   {"media_type", json::write(event.post.media_type)},
                   {"edited", json::write(event.edited_at)},
                   {"forwarded_from", json::write(event.forwarded_from)},
                   {"version", event.version}};
  return document;
}

void analyse(PreparedDocument& document) {
  document.columns.lang = find_language(document.text);
  document.columns.payload["lang"] = document.columns.lang;
  document.signature = engine::signature(document.text);
  document.chunks = cut_chunks(document.document_id, document.text);
}

api::DocumentChunks to_index(const PreparedDocument& document, const std::string& cluster) {
  api::DocumentChunks out{
      .document_id = document.document_id.text(), .version = document.version, .chunks = {}};
  HeadingWalk walk(document.headings);
  for (const ChunkSpan& span : document.chunks) {
    api::IndexedChunk& chunk = out.chunks.emplace_back(document.columns);
    chunk.document_id = out.document_id;
    chunk.chunk_id = span.chunk_id.text();
    chunk.version = document.version;
    chunk.chunk_index = span.ordinal;
    chunk.start_char = span.start_char;
    chunk.text = span.of(document.text);
    chunk.access = document.access;
    chunk.cluster = cluster;
    chunk.payload["chunk_index"] = span.ordinal;
    chunk.payload["start_char"] = span.start_char;
    const auto headings = walk.path_at(span.start_char);
    if (!headings.empty()) chunk.payload["headings"] = json::write(headings);
  }
  return out;
}

}  // namespace tg::document
