#include "engine/segment.hpp"

#include <algorithm>
#include <cstring>

#include <fmt/core.h>

#include "base/encoding.hpp"
#include "engine/manifest_folder.hpp"
#include "engine/segment_format.hpp"

namespace tg::engine {

Result<std::shared_ptr<const Segment>> Segment::open(Files& files,
                                                     const std::filesystem::path& file) {
  auto mapping = files.map(file);
  if (!mapping && mapping.error().code != Code::not_found) return std::unexpected(mapping.error());
  if (!mapping) return damaged(fmt::format("{} is missing", file.string()));
  return read(file.filename().string(), *std::move(mapping));
}

Result<std::shared_ptr<const Segment>> Segment::read(std::string name,
                                                     std::shared_ptr<const Mapping> mapping) {
  std::shared_ptr<Segment> segment(new Segment);
  segment->name_ = std::move(name);
  segment->mapping_ = std::move(mapping);
  segment->bytes_ = segment->mapping_->bytes();
  if (auto read = segment->read_sections(); !read) {
    read.error().detail = segment->name_ + ": " + read.error().detail;
    return std::unexpected(read.error());
  }
  return std::shared_ptr<const Segment>(std::move(segment));
}

namespace {

Result<std::string_view> checked_section(std::string_view bytes, const SectionPlace& place,
                                         bool verify) {
  if (place.offset > bytes.size() || place.size > bytes.size() - place.offset) {
    return damaged("a section is out of bounds");
  }
  const std::string_view section = bytes.substr(place.offset, place.size);
  if (verify && fast_hash(section) != place.checksum)
    return damaged("a section's checksum does not match");
  return section;
}

template <typename T>
Result<std::span<const T>> records_of(std::string_view section) {
  if (section.size() % sizeof(T) != 0 ||
      reinterpret_cast<std::uintptr_t>(section.data()) % alignof(T) != 0) {
    return damaged("a section has an invalid size or alignment");
  }
  return std::span(reinterpret_cast<const T*>(section.data()), section.size() / sizeof(T));
}

}  // namespace

Result<void> Segment::read_sections() {
  if (bytes_.size() < sizeof(Footer)) return damaged("the file is too short");
  Footer footer;
  std::memcpy(&footer, bytes_.data() + bytes_.size() - sizeof(Footer), sizeof(Footer));
  if (footer.magic != kMagic) return damaged("the file is not a segment");
  if (footer.checksum != footer_checksum(footer))
    return damaged("the footer's checksum does not match");
  if (footer.format > kFormatVersion) return newer_format(name_, footer.format);
  if (footer.format < kFormatVersion)
    return damaged(fmt::format("format {} is no longer supported", footer.format));
  TG_TRY(texts_, checked_section(bytes_, footer.texts, false));
  TG_TRY(const auto records, checked_section(bytes_, footer.records, true));
  TG_TRY(records_, records_of<ColumnRecord>(records));
  TG_TRY(const auto by_document, checked_section(bytes_, footer.by_document, true));
  TG_TRY(by_document_, records_of<std::uint32_t>(by_document));
  TG_TRY(const auto by_post, checked_section(bytes_, footer.by_post, true));
  TG_TRY(by_post_, records_of<std::uint32_t>(by_post));
  TG_TRY(const auto strings, checked_section(bytes_, footer.strings, true));
  TG_TRY(postings_, checked_section(bytes_, footer.postings, true));
  TG_TRY(term_bytes_, checked_section(bytes_, footer.term_bytes, true));
  TG_TRY(const auto entries, checked_section(bytes_, footer.term_entries, true));
  TG_TRY(term_entries_, records_of<TermEntry>(entries));
  TG_TRY(const auto grams, checked_section(bytes_, footer.grams, true));
  TG_TRY(grams_, records_of<GramCount>(grams));
  total_words_ = footer.total_words;
  total_grams_ = footer.total_grams;
  std::size_t at = 0;
  while (at + 4 <= strings.size()) {
    std::uint32_t size = 0;
    std::memcpy(&size, strings.data() + at, 4);
    if (size > strings.size() - at - 4) return damaged("the string table is malformed");
    strings_.push_back(strings.substr(at + 4, size));
    at += 4 + size;
  }
  for (const ColumnRecord& record : records_) {
    if (std::max({record.access, record.source, record.media_type, record.document_type,
                  record.lang}) >= strings_.size()) {
      return damaged("a column record refers to a string that does not exist");
    }
  }
  for (const auto& order : {by_document_, by_post_}) {
    if (order.size() != records_.size() ||
        std::ranges::any_of(order, [this](std::uint32_t at) { return at >= records_.size(); })) {
      return damaged("an order of places is invalid");
    }
  }
  for (const TermEntry& entry : term_entries_) {
    if (entry.term_offset > term_bytes_.size() ||
        entry.term_size > term_bytes_.size() - entry.term_offset ||
        entry.postings_offset > postings_.size() ||
        entry.postings_size > postings_.size() - entry.postings_offset) {
      return damaged("a term is out of bounds");
    }
  }
  return {};
}

Result<std::string_view> Segment::text_bytes(std::size_t chunk) const {
  const ColumnRecord& record = records_[chunk];
  if (record.text_offset > texts_.size() || record.text_size > texts_.size() - record.text_offset) {
    return damaged("a text is out of bounds");
  }
  const std::string_view bytes = texts_.substr(record.text_offset, record.text_size);
  if (static_cast<std::uint32_t>(fast_hash(bytes)) != record.text_checksum) {
    return damaged("a text's checksum does not match");
  }
  return bytes;
}

Result<index::Chunk> Segment::chunk(std::size_t place) const {
  TG_TRY(const std::string_view bytes, text_bytes(place));
  TextFields fields;
  if (!read_text_fields(bytes, fields)) return damaged("a text record is malformed");
  const ColumnRecord& record = records_[place];
  index::Chunk chunk;
  chunk.chunk_id = record.chunk_id;
  chunk.document_id = record.document_id;
  chunk.ordinal = record.ordinal;
  chunk.start_char = record.start_char;
  chunk.title = std::string(fields.title);
  chunk.text = std::string(fields.text);
  chunk.payload = std::string(fields.payload);
  chunk.access = std::string(strings_[record.access]);
  chunk.source = std::string(strings_[record.source]);
  chunk.media_type = std::string(strings_[record.media_type]);
  chunk.document_type = std::string(strings_[record.document_type]);
  chunk.lang = std::string(strings_[record.lang]);
  chunk.channel_id = record.channel_id;
  chunk.message_id = record.message_id;
  chunk.reply_to = record.reply_to;
  chunk.date_ms = record.date_ms;
  chunk.views = record.views;
  chunk.forwards = record.forwards;
  chunk.cluster = record.cluster;
  return chunk;
}

std::span<const std::uint32_t> Segment::of_document(const Uuid& document_id) const {
  return std::ranges::equal_range(by_document_, document_id, {}, [this](std::uint32_t place) {
    return document_of(records_[place]);
  });
}

std::span<const std::uint32_t> Segment::of_post(std::int64_t channel_id,
                                                std::int64_t message_id) const {
  return std::ranges::equal_range(by_post_, std::pair(channel_id, message_id), {},
                                  [this](std::uint32_t place) { return post_of(records_[place]); });
}

Result<std::string> Segment::searched_text(std::size_t place) const {
  TG_TRY(const std::string_view bytes, text_bytes(place));
  TextFields fields;
  if (!read_text_fields(bytes, fields)) return damaged("a text record is malformed");
  return join_searched(fields.title, fields.text);
}

std::size_t Segment::find_term(std::string_view term) const {
  const auto text_of = [this](const TermEntry& entry) {
    return term_bytes_.substr(entry.term_offset, entry.term_size);
  };
  const auto found = std::ranges::lower_bound(term_entries_, term, {}, text_of);
  if (found == term_entries_.end() || text_of(*found) != term) return npos;
  return static_cast<std::size_t>(found - term_entries_.begin());
}

std::string_view Segment::term(std::size_t place) const {
  return term_bytes_.substr(term_entries_[place].term_offset, term_entries_[place].term_size);
}

std::uint32_t Segment::term_document_frequency(std::size_t place) const {
  return term_entries_[place].document_frequency;
}

std::vector<Posting> Segment::postings(std::size_t place) const {
  const TermEntry& entry = term_entries_[place];
  std::string_view bytes = postings_.substr(entry.postings_offset, entry.postings_size);
  std::vector<Posting> list;
  list.reserve(std::min<std::size_t>(entry.document_frequency, bytes.size()));
  std::uint32_t chunk = 0;
  while (!bytes.empty()) {
    const std::uint32_t gap = read_varint(bytes);
    const std::uint32_t frequency = read_varint(bytes);
    chunk += gap;
    if (chunk >= records_.size())
      break;  // the checksum guards against damage, this against a faulty writer
    list.push_back({chunk, frequency});
  }
  return list;
}

std::uint32_t Segment::gram_document_frequency(std::uint64_t gram) const {
  const auto found = std::ranges::lower_bound(grams_, gram, {}, &GramCount::gram);
  return found == grams_.end() || found->gram != gram ? 0
                                                      : static_cast<std::uint32_t>(found->count);
}

std::int64_t Segment::memory_bytes() const {
  return static_cast<std::int64_t>(strings_.capacity() * sizeof(std::string_view) +
                                   sizeof(Segment));
}

}  // namespace tg::engine
