#include "service/vector/chunk_mapping.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tg::vector {
namespace {

template <typename T>
std::optional<T> unless(const T& value, const T& nothing) {
  return value == nothing ? std::nullopt : std::optional<T>(value);
}

Result<Uuid> id_of(const std::string& text, const char* field) {
  auto id = Uuid::parse(text);
  if (!id) return invalid(field, id.error().message);
  return id;
}

}  // namespace

Result<index::Chunk> to_index(api::IndexedChunk chunk) {
  index::Chunk out;
  TG_TRY(out.chunk_id, id_of(chunk.chunk_id, "chunk_id"));
  TG_TRY(out.document_id, id_of(chunk.document_id, "document_id"));
  TG_TRY(out.cluster, id_of(chunk.cluster, "cluster"));
  out.ordinal = static_cast<std::int32_t>(chunk.chunk_index);
  out.start_char = static_cast<std::int32_t>(chunk.start_char);
  out.title = std::move(chunk.title);
  out.text = std::move(chunk.text);
  out.access = std::move(chunk.access);
  out.source = std::move(chunk.source);
  out.media_type = chunk.media_type.value_or("");
  out.document_type = chunk.document_type.value_or("");
  out.lang = chunk.lang;
  out.channel_id = chunk.channel_id.value_or(0);
  out.message_id = chunk.message_id.value_or(0);
  out.reply_to = chunk.reply_to.value_or(0);
  out.date_ms = to_millis(chunk.date).value_or(0);
  out.views = chunk.views.value_or(0);
  out.forwards = chunk.forwards.value_or(0);
  out.payload = json::to_text(json::Value(std::move(chunk.payload)));
  return out;
}

api::IndexedChunk from_index(const index::Chunk& chunk) {
  api::IndexedChunk out;
  out.chunk_id = chunk.chunk_id.text();
  out.document_id = chunk.document_id.text();
  out.cluster = chunk.cluster.text();
  out.chunk_index = chunk.ordinal;
  out.start_char = chunk.start_char;
  out.title = chunk.title;
  out.text = chunk.text;
  out.access = chunk.access;
  out.source = chunk.source;
  out.media_type = unless<std::string>(chunk.media_type, "");
  out.document_type = unless<std::string>(chunk.document_type, "");
  out.lang = chunk.lang;
  out.channel_id = unless<std::int64_t>(chunk.channel_id, 0);
  out.message_id = unless<std::int64_t>(chunk.message_id, 0);
  out.reply_to = unless<std::int64_t>(chunk.reply_to, 0);
  if (chunk.date_ms != 0) out.date = from_millis(chunk.date_ms);
  out.views = unless<std::int64_t>(chunk.views, 0);
  out.forwards = unless<std::int64_t>(chunk.forwards, 0);
  if (auto payload = json::parse(chunk.payload); payload && payload->is_object())
    out.payload = payload->get_object();
  // Where only counts have changed, the columns are newer than the payload.
  if (chunk.views != 0) out.payload["views"] = chunk.views;
  if (chunk.forwards != 0) out.payload["forwards"] = chunk.forwards;
  return out;
}

Result<std::vector<float>> to_floats(const std::vector<double>& numbers, const std::string& field) {
  std::vector<float> values;
  values.reserve(numbers.size());
  bool has_direction = false;
  for (const double number : numbers) {
    const auto value = static_cast<float>(number);
    if (!std::isfinite(number) || !std::isfinite(value))
      return invalid(field, "must consist of numbers within the range of a 32-bit float");
    has_direction = has_direction || std::abs(value) >= std::numeric_limits<float>::min();
    values.push_back(value);
  }
  if (!has_direction) return invalid(field, "must not be all zeros");
  return values;
}

Result<index::ChunkRange> to_index(const api::ChunkRange& range) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
  index::ChunkRange out;
  TG_TRY(out.document_id, id_of(range.document_id, "document_id"));
  out.first = static_cast<std::int32_t>(std::clamp<std::int64_t>(range.first, 0, kMost));
  out.last = static_cast<std::int32_t>(std::clamp<std::int64_t>(range.last, 0, kMost));
  return out;
}

Result<index::Filter> to_index(const api::Filters& filters) {
  index::Filter out;
  if (filters.source) out.source = json::enum_word(*filters.source);
  if (filters.document_type) out.document_type = json::enum_word(*filters.document_type);
  out.media_type = filters.media_type;
  out.has_media = filters.has_media;
  out.min_views = filters.min_views;
  out.lang = filters.lang;
  if (filters.date_range && filters.date_range->start)
    out.date_from_ms = to_millis(filters.date_range->start).value_or(0);
  if (filters.date_range && filters.date_range->end)
    out.date_until_ms = to_millis(filters.date_range->end).value_or(0);
  if (filters.document_id) {
    TG_TRY(out.document_id, id_of(*filters.document_id, "filters.document_id"));
  }
  return out;
}

}  // namespace tg::vector
