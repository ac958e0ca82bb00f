// An immutable segment of the index: one memory-mapped file.
//
//   chunk texts | column records | places by document | places by post | string table | postings |
//   terms | gram counts | footer
//
// The fixed-size footer holds magic number, format version, and the position and XXH3 checksum of
// each section. A "place" is the index of a chunk in its segment. Columns, strings, terms, gram
// counts and postings are verified when a segment is opened, the text of a chunk when it is read;
// a mismatch is the error "index.damaged". Integers are little-endian. Segment is immutable, hence
// thread-safe; SegmentWriter is not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/index.hpp"
#include "runtime/files.hpp"

namespace tg::engine {

inline constexpr std::uint32_t kFormatVersion = 2;

// The columns of a chunk, as stored in the file.
struct ColumnRecord {
  Uuid chunk_id;
  Uuid document_id;
  Uuid cluster;
  std::int64_t version;
  std::int64_t channel_id;
  std::int64_t message_id;
  std::int64_t reply_to;
  std::int64_t date_ms;
  std::int64_t views;
  std::int64_t forwards;
  std::uint64_t text_offset;
  std::uint32_t text_size;
  std::uint32_t text_checksum;
  std::int32_t ordinal;
  std::int32_t start_char;
  std::uint32_t word_count;
  std::uint32_t gram_count;
  // Indices into the string table.
  std::uint32_t access;
  std::uint32_t source;
  std::uint32_t media_type;
  std::uint32_t document_type;
  std::uint32_t lang;
  std::uint32_t reserved;
};
static_assert(sizeof(ColumnRecord) == 160 && std::is_trivially_copyable_v<ColumnRecord>);

struct Posting {
  std::uint32_t chunk;  // place in the segment
  std::uint32_t frequency;
};

class Segment {
 public:
  static Result<std::shared_ptr<const Segment>> open(Files& files,
                                                     const std::filesystem::path& file);
  static Result<std::shared_ptr<const Segment>> read(std::string name,
                                                     std::shared_ptr<const Mapping> mapping);
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;

  const std::string& name() const { return name_; }
  std::size_t size() const { return records_.size(); }
  std::size_t file_size() const { return bytes_.size(); }
  const ColumnRecord& record(std::size_t chunk) const { return records_[chunk]; }
  // Places of the chunks of a document or a post, including deleted ones.
  std::span<const std::uint32_t> of_document(const Uuid& document_id) const;
  std::span<const std::uint32_t> of_post(std::int64_t channel_id, std::int64_t message_id) const;
  std::string_view string(std::uint32_t place) const { return strings_[place]; }
  std::size_t string_count() const { return strings_.size(); }
  Result<index::Chunk> chunk(std::size_t chunk) const;
  // Title and text, joined for analysis.
  Result<std::string> searched_text(std::size_t chunk) const;

  std::uint64_t total_words() const { return total_words_; }
  std::uint64_t total_grams() const { return total_grams_; }

  // Index of a term, or npos. Terms are sorted bytewise.
  static constexpr std::size_t npos = static_cast<std::size_t>(-1);
  std::size_t find_term(std::string_view term) const;
  std::size_t term_count() const { return term_entries_.size(); }
  std::string_view term(std::size_t place) const;
  std::uint32_t term_document_frequency(std::size_t place) const;
  std::vector<Posting> postings(std::size_t place) const;

  std::uint32_t gram_document_frequency(std::uint64_t gram) const;
  struct GramCount {
    std::uint64_t gram;
    std::uint64_t count;
  };
  std::span<const GramCount> gram_counts() const { return grams_; }
  std::int64_t memory_bytes() const;

 private:
  struct TermEntry {
    std::uint64_t term_offset;
    std::uint64_t postings_offset;
    std::uint32_t term_size;
    std::uint32_t document_frequency;
    std::uint32_t postings_size;
    std::uint32_t reserved;
  };
  friend class SegmentWriter;

  Segment() = default;
  Result<void> read_sections();
  Result<std::string_view> text_bytes(std::size_t chunk) const;

  std::string name_;
  std::shared_ptr<const Mapping> mapping_;
  std::string_view bytes_;  // of mapping_
  std::string_view texts_;
  std::string_view postings_;
  std::string_view term_bytes_;
  std::span<const ColumnRecord> records_;
  std::span<const std::uint32_t> by_document_;  // places, ordered by document id
  std::span<const std::uint32_t> by_post_;      // places, ordered by channel and message
  std::span<const TermEntry> term_entries_;
  std::span<const GramCount> grams_;
  std::vector<std::string_view> strings_;
  std::uint64_t total_words_ = 0;
  std::uint64_t total_grams_ = 0;
};

// Writes a segment sequentially. Texts go straight to the file; columns and postings are held in
// memory until their section is written.
class SegmentWriter {
 public:
  SegmentWriter(Files& files, std::filesystem::path file);

  Result<void> begin();
  // First all chunks, in the order of their places.
  Result<void> add_chunk(const index::Chunk& chunk, std::int64_t version, std::uint32_t word_count,
                         std::uint32_t gram_count);
  Result<void> end_chunks();
  // Then the terms in ascending order, each with its postings in ascending order of places.
  Result<void> add_term(std::string_view term, std::span<const Posting> postings);
  // Finally the gram counts in ascending order. The file is complete and synced when it returns.
  Result<void> finish(std::span<const Segment::GramCount> grams);

 private:
  struct Section {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    std::uint64_t checksum = 0;
  };

  Result<void> write(std::string_view bytes);
  Result<void> flush();
  Result<Section> write_section(std::string_view bytes);
  template <typename Key>
  Result<Section> write_order(Key key);
  Result<void> align();
  std::uint32_t intern(const std::string& text);

  Files& files_;
  std::filesystem::path path_;
  std::unique_ptr<File> file_;
  std::string buffer_;
  std::uint64_t offset_ = 0;
  std::vector<ColumnRecord> records_;
  std::vector<std::string> strings_;
  std::vector<std::pair<std::string, std::uint32_t>> interned_;
  std::string term_bytes_;
  std::string term_entries_;
  std::string postings_;
  std::uint64_t total_words_ = 0;
  std::uint64_t total_grams_ = 0;
  Section texts_section_;
  Section records_section_;
  Section by_document_section_;
  Section by_post_section_;
  Section strings_section_;
};

}  // namespace tg::engine
