// The byte layout of a segment, shared by reader, writer and fuzzer.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

#include "base/encoding.hpp"
#include "engine/segment.hpp"

namespace tg::engine {

inline constexpr std::uint64_t kMagic = 0x3167657353676e54;  // "TngSseg1"

struct SectionPlace {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::uint64_t checksum = 0;
};

struct Footer {
  SectionPlace texts;
  SectionPlace records;
  SectionPlace by_document;
  SectionPlace by_post;
  SectionPlace strings;
  SectionPlace postings;
  SectionPlace term_bytes;
  SectionPlace term_entries;
  SectionPlace grams;
  std::uint64_t total_words = 0;
  std::uint64_t total_grams = 0;
  std::uint64_t format = 0;
  std::uint64_t checksum = 0;  // of everything before it
  std::uint64_t magic = 0;
};

inline std::uint64_t footer_checksum(const Footer& footer) {
  return fast_hash({reinterpret_cast<const char*>(&footer), offsetof(Footer, checksum)});
}

// The sort keys of the two orders of places.
inline Uuid document_of(const ColumnRecord& record) {
  return record.document_id;
}
inline std::pair<std::int64_t, std::int64_t> post_of(const ColumnRecord& record) {
  return {record.channel_id, record.message_id};
}

// LEB128, at most 5 bytes.
inline void append_varint(std::string& out, std::uint32_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

inline std::uint32_t read_varint(std::string_view& bytes) {
  std::uint32_t value = 0;
  for (unsigned shift = 0; shift < 35 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<std::uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint32_t>(byte & 0x7F) << (shift & 31);
    if (byte < 0x80) break;
  }
  return value;
}

struct TextFields {
  std::string_view title;
  std::string_view text;
  std::string_view payload;
};

inline void append_text_field(std::string& out, std::string_view field) {
  append_varint(out, static_cast<std::uint32_t>(field.size()));
  out += field;
}

inline bool read_text_field(std::string_view& bytes, std::string_view& field) {
  const std::uint32_t size = read_varint(bytes);
  if (size > bytes.size()) return false;
  field = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return true;
}

inline bool read_text_fields(std::string_view bytes, TextFields& fields) {
  return read_text_field(bytes, fields.title) && read_text_field(bytes, fields.text) &&
         read_text_field(bytes, fields.payload);
}

// The searched text of a chunk: title and text on separate lines, or the text alone if it begins
// with the title.
inline std::string join_searched(std::string_view title, std::string_view text) {
  if (title.empty() || text.starts_with(title)) return std::string(text);
  return std::string(title) + "\n" + std::string(text);
}

}  // namespace tg::engine
