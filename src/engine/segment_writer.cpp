#include <algorithm>
#include <numeric>

#include "engine/segment.hpp"
#include "engine/segment_format.hpp"
#include "runtime/fault.hpp"

namespace tg::engine {
namespace {

constexpr std::size_t kFlushBytes = 1 << 20;

template <typename T>
std::string_view bytes_of(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof(T)};
}

}  // namespace

SegmentWriter::SegmentWriter(Files& files, std::filesystem::path file)
    : files_(files), path_(std::move(file)) {}

Result<void> SegmentWriter::begin() {
  TG_TRY(file_, files_.create(path_));
  return {};
}

Result<void> SegmentWriter::write(std::string_view bytes) {
  buffer_ += bytes;
  offset_ += bytes.size();
  return buffer_.size() >= kFlushBytes ? flush() : Result<void>();
}

Result<void> SegmentWriter::flush() {
  TG_TRY_VOID(file_->append(buffer_));
  buffer_.clear();
  return {};
}

Result<void> SegmentWriter::align() {
  return write(std::string((16 - offset_ % 16) % 16, '\0'));
}

Result<SegmentWriter::Section> SegmentWriter::write_section(std::string_view bytes) {
  TG_TRY_VOID(align());
  const Section section{.offset = offset_, .size = bytes.size(), .checksum = fast_hash(bytes)};
  TG_TRY_VOID(write(bytes));
  return section;
}

std::uint32_t SegmentWriter::intern(const std::string& text) {
  // There are few distinct values (access keys, languages, kinds): a sorted vector suffices.
  const auto found =
      std::ranges::lower_bound(interned_, text, {}, &std::pair<std::string, std::uint32_t>::first);
  if (found != interned_.end() && found->first == text) return found->second;
  const auto place = static_cast<std::uint32_t>(strings_.size());
  interned_.insert(found, {text, place});
  strings_.push_back(text);
  return place;
}

Result<void> SegmentWriter::add_chunk(const index::Chunk& chunk, std::int64_t version,
                                      std::uint32_t word_count, std::uint32_t gram_count) {
  std::string text;
  append_text_field(text, chunk.title);
  append_text_field(text, chunk.text);
  append_text_field(text, chunk.payload);
  const ColumnRecord record{.chunk_id = chunk.chunk_id,
                            .document_id = chunk.document_id,
                            .cluster = chunk.cluster,
                            .version = version,
                            .channel_id = chunk.channel_id,
                            .message_id = chunk.message_id,
                            .reply_to = chunk.reply_to,
                            .date_ms = chunk.date_ms,
                            .views = chunk.views,
                            .forwards = chunk.forwards,
                            .text_offset = offset_,
                            .text_size = static_cast<std::uint32_t>(text.size()),
                            .text_checksum = static_cast<std::uint32_t>(fast_hash(text)),
                            .ordinal = chunk.ordinal,
                            .start_char = chunk.start_char,
                            .word_count = word_count,
                            .gram_count = gram_count,
                            .access = intern(chunk.access),
                            .source = intern(chunk.source),
                            .media_type = intern(chunk.media_type),
                            .document_type = intern(chunk.document_type),
                            .lang = intern(chunk.lang),
                            .reserved = 0};
  records_.push_back(record);
  total_words_ += word_count;
  total_grams_ += gram_count;
  return write(text);
}

// The places of the records, sorted by a key.
template <typename Key>
Result<SegmentWriter::Section> SegmentWriter::write_order(Key key) {
  std::vector<std::uint32_t> places(records_.size());
  std::iota(places.begin(), places.end(), 0U);
  std::ranges::sort(places, {},
                    [&](std::uint32_t place) { return std::pair(key(records_[place]), place); });
  return write_section(
      {reinterpret_cast<const char*>(places.data()), places.size() * sizeof(std::uint32_t)});
}

Result<void> SegmentWriter::end_chunks() {
  texts_section_ = {.offset = 0, .size = offset_, .checksum = 0};
  TG_TRY(records_section_, write_section({reinterpret_cast<const char*>(records_.data()),
                                          records_.size() * sizeof(ColumnRecord)}));
  TG_TRY(by_document_section_, write_order(document_of));
  TG_TRY(by_post_section_, write_order(post_of));
  records_ = {};
  std::string table;
  for (const std::string& text : strings_) {
    const auto size = static_cast<std::uint32_t>(text.size());
    table += bytes_of(size);
    table += text;
  }
  TG_TRY(strings_section_, write_section(table));
  return {};
}

Result<void> SegmentWriter::add_term(std::string_view term, std::span<const Posting> postings) {
  Segment::TermEntry entry{.term_offset = term_bytes_.size(),
                           .postings_offset = postings_.size(),
                           .term_size = static_cast<std::uint32_t>(term.size()),
                           .document_frequency = static_cast<std::uint32_t>(postings.size()),
                           .postings_size = 0,
                           .reserved = 0};
  std::uint32_t previous = 0;
  for (const Posting& posting : postings) {
    append_varint(postings_, posting.chunk - previous);
    append_varint(postings_, posting.frequency);
    previous = posting.chunk;
  }
  entry.postings_size = static_cast<std::uint32_t>(postings_.size() - entry.postings_offset);
  term_bytes_ += term;
  term_entries_ += bytes_of(entry);
  return {};
}

Result<void> SegmentWriter::finish(std::span<const Segment::GramCount> grams) {
  const auto place = [](const Section& section) {
    return SectionPlace{section.offset, section.size, section.checksum};
  };
  Footer footer;
  footer.texts = place(texts_section_);
  footer.records = place(records_section_);
  footer.by_document = place(by_document_section_);
  footer.by_post = place(by_post_section_);
  footer.strings = place(strings_section_);
  TG_TRY(const Section postings, write_section(postings_));
  postings_ = {};
  TG_TRY(const Section term_bytes, write_section(term_bytes_));
  TG_TRY(const Section term_entries, write_section(term_entries_));
  TG_TRY(const Section gram_section,
         write_section({reinterpret_cast<const char*>(grams.data()), grams.size_bytes()}));
  footer.postings = place(postings);
  footer.term_bytes = place(term_bytes);
  footer.term_entries = place(term_entries);
  footer.grams = place(gram_section);
  footer.total_words = total_words_;
  footer.total_grams = total_grams_;
  footer.format = kFormatVersion;
  footer.checksum = footer_checksum(footer);
  footer.magic = kMagic;
  TG_TRY_VOID(align());
  TG_TRY_VOID(write(bytes_of(footer)));
  TG_TRY_VOID(flush());
  TG_TRY_VOID(TG_FAULT_RESULT("index.before_segment_sync"));
  if (!TG_SABOTAGED("skip_fsync")) TG_TRY_VOID(file_->sync());
  file_.reset();
  return {};
}

}  // namespace tg::engine
