// Requests and replies of the document service. Plain values.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <boost/describe.hpp>

#include "api/stream.hpp"
#include "base/json.hpp"

namespace tg::api {

enum class FileType { pdf, txt, docx, html, markdown };
BOOST_DESCRIBE_ENUM(FileType, pdf, txt, docx, html, markdown)
enum class DocumentStatus { pending, processing, completed, failed };
BOOST_DESCRIBE_ENUM(DocumentStatus, pending, processing, completed, failed)
enum class Visibility { private_, space };
BOOST_DESCRIBE_ENUM(Visibility, private_, space)

// Either a multipart file, or filename and content as JSON.
struct UploadRequest {
  std::optional<std::string> filename;
  std::optional<std::string> content;
  json::Object metadata;
  Visibility visibility = Visibility::space;
  std::optional<Upload> file;
};
BOOST_DESCRIBE_STRUCT(UploadRequest, (), (filename, content, metadata, visibility, file))
constexpr auto rules_of(const UploadRequest*) {
  return std::array{Rule("filename").length(1, 255)};
}

struct UploadReply {
  bool success = true;
  std::string message;
  UnixMillis timestamp;
  std::string document_id;
  std::string filename;
  DocumentStatus status = DocumentStatus::pending;
  std::int64_t chunk_count = 0;
  double processing_time_ms = 0;
};
BOOST_DESCRIBE_STRUCT(UploadReply, (),
                      (success, message, timestamp, document_id, filename, status, chunk_count,
                       processing_time_ms))

struct ChunkView {
  std::string chunk_id;
  std::string document_id;
  std::string text;
  std::int64_t chunk_index = 0;
  std::int64_t start_char = 0;
  std::int64_t end_char = 0;
  json::Object metadata;
};
BOOST_DESCRIBE_STRUCT(ChunkView, (),
                      (chunk_id, document_id, text, chunk_index, start_char, end_char, metadata))

struct Document {
  std::string document_id;
  std::string filename;
  FileType file_type = FileType::txt;
  std::int64_t size_bytes = 0;
  UnixMillis created_at;
  UnixMillis updated_at;
  DocumentStatus status = DocumentStatus::pending;
  std::int64_t chunk_count = 0;
  json::Object metadata;
  std::optional<std::string> error;
  std::optional<std::vector<ChunkView>> chunks;  // on ?include=chunks
};
BOOST_DESCRIBE_STRUCT(Document, (),
                      (document_id, filename, file_type, size_bytes, created_at, updated_at, status,
                       chunk_count, metadata, error, chunks))

struct DocumentsQuery {
  std::int64_t skip = 0;
  std::int64_t limit = 100;
  std::optional<DocumentStatus> status;
};
BOOST_DESCRIBE_STRUCT(DocumentsQuery, (), (skip, limit, status))
constexpr auto rules_of(const DocumentsQuery*) {
  return std::array{Rule("skip").range(0, 1e9), Rule("limit").range(1, 1000)};
}

struct DocumentQuery {
  std::string id;
  std::optional<std::string> include;  // "chunks"
};
BOOST_DESCRIBE_STRUCT(DocumentQuery, (), (id, include))

struct DocumentId {
  std::string id;
};
BOOST_DESCRIBE_STRUCT(DocumentId, (), (id))

// Counts of documents and posts by state; their sum is everything ingested and not deleted.
struct PipelineStatistics {
  std::int64_t pending = 0;
  std::int64_t processing = 0;
  std::int64_t completed = 0;
  std::int64_t failed = 0;
  std::int64_t chunks = 0;
  std::int64_t duplicates = 0;  // documents linked to an earlier near-duplicate
};
BOOST_DESCRIBE_STRUCT(PipelineStatistics, (),
                      (pending, processing, completed, failed, chunks, duplicates))

}  // namespace tg::api
