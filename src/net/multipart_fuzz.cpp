// For any input, a form is the same whether it arrives whole or in pieces.
#include <cstdlib>

#include "net/fuzz_pieces.hpp"
#include "net/multipart.hpp"

namespace {

std::string read(std::initializer_list<std::string_view> pieces) {
  tg::net::MultipartParser parser("b");
  std::string said;
  for (const std::string_view piece : pieces) {
    parser.append(piece);
    while (true) {
      const auto event = parser.next();
      if (!event) return "failed";
      if (!*event) break;
      if (const auto* head = std::get_if<tg::net::PartHead>(&**event)) {
        said += "\nhead " + head->name + " " + head->filename.value_or("-") + " " +
                head->content_type + "\n";
      } else if (const auto* part = std::get_if<tg::net::PartData>(&**event)) {
        if (part->bytes.empty()) std::abort();
        said += part->bytes;
      } else {
        said += "\nend\n";
      }
    }
  }
  return said;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const auto input = tg::net::pieces(data, size);
  const std::string whole = read({input.whole});
  const std::string cut = read({input.cut[0], input.cut[1]});
  if (whole.starts_with("failed") != cut.starts_with("failed")) std::abort();
  // A possible beginning of a boundary is held back, at different places for different splits.
  if (whole != cut && whole.ends_with("\nend\n")) std::abort();
  static_cast<void>(tg::net::multipart_boundary(input.whole));
  return 0;
}
