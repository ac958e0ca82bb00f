// Reads arbitrary bytes as an index segment. Checksums are corrected first, so that the code behind
// them is reached.
#include <algorithm>
#include <cstring>

#include "engine/fuzz_mapping.hpp"
#include "engine/segment.hpp"
#include "engine/segment_format.hpp"

namespace {

using tg::engine::Footer;

void fix_checksums(std::string& bytes) {
  if (bytes.size() < sizeof(Footer)) return;
  Footer footer;
  char* const place = bytes.data() + bytes.size() - sizeof(Footer);
  std::memcpy(&footer, place, sizeof(Footer));
  for (auto* section :
       {&footer.records, &footer.by_document, &footer.by_post, &footer.strings, &footer.postings,
        &footer.term_bytes, &footer.term_entries, &footer.grams}) {
    const std::size_t offset = std::min<std::size_t>(section->offset, bytes.size());
    section->checksum = tg::fast_hash(std::string_view(bytes).substr(offset, section->size));
  }
  footer.magic = tg::engine::kMagic;
  footer.format = tg::engine::kFormatVersion;
  footer.checksum = tg::engine::footer_checksum(footer);
  std::memcpy(place, &footer, sizeof(Footer));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  fix_checksums(bytes);
  const auto segment = tg::engine::Segment::read(
      "fuzz", std::make_shared<tg::engine::FuzzMapping>(std::move(bytes)));
  if (!segment) return 0;
  for (std::size_t i = 0; i < (*segment)->size(); ++i) {
    static_cast<void>((*segment)->chunk(i));
    const tg::engine::ColumnRecord& record = (*segment)->record(i);
    static_cast<void>((*segment)->of_document(record.document_id));
    static_cast<void>((*segment)->of_post(record.channel_id, record.message_id));
  }
  for (std::size_t i = 0; i < (*segment)->term_count(); ++i) {
    static_cast<void>((*segment)->find_term((*segment)->term(i)));
    for (const auto& posting : (*segment)->postings(i)) {
      if (posting.chunk >= (*segment)->size()) __builtin_trap();
    }
  }
  return 0;
}
