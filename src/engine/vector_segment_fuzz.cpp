// Reads arbitrary bytes as a vector file. Checksums are corrected first, so that the code behind
// them is reached.
#include <algorithm>
#include <cstring>

#include "engine/fuzz_mapping.hpp"
#include "engine/vector_format.hpp"
#include "engine/vector_segment.hpp"

namespace {

using tg::engine::VectorFooter;

std::uint64_t block_hash(std::string_view bytes) {
  tg::BlockHash hash;
  hash.add(bytes);
  return hash.value();
}

void fix_checksums(std::string& bytes) {
  if (bytes.size() < sizeof(VectorFooter)) return;
  VectorFooter footer;
  char* const place = bytes.data() + bytes.size() - sizeof(VectorFooter);
  std::memcpy(&footer, place, sizeof(VectorFooter));
  const std::string_view whole(bytes.data(), bytes.size() - sizeof(VectorFooter));
  const std::size_t vectors =
      std::min<std::size_t>(footer.count * footer.dimension * sizeof(float), whole.size());
  const std::size_t owners = std::min(tg::engine::padded_vectors(vectors), whole.size());
  footer.vectors_checksum = block_hash(whole.substr(0, vectors));
  footer.owners_checksum = block_hash(whole.substr(owners));
  footer.magic = tg::engine::kVectorMagic;
  footer.format = tg::engine::kVectorFormat;
  footer.checksum = tg::engine::vector_footer_checksum(footer);
  std::memcpy(place, &footer, sizeof(VectorFooter));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string bytes(reinterpret_cast<const char*>(data), size);
  fix_checksums(bytes);
  const auto segment = tg::engine::VectorSegment::read(
      "fuzz", std::make_shared<tg::engine::FuzzMapping>(std::move(bytes)));
  if (!segment) return 0;
  for (std::size_t i = 0; i < (*segment)->size(); ++i) {
    if ((*segment)->vector(i).size() != (*segment)->dimension()) __builtin_trap();
    if ((*segment)->find((*segment)->owner(i).chunk_id) != i) __builtin_trap();
  }
  return 0;
}
